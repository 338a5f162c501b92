import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Connection } from '@temporalio/client';
import { startObjectStore, startTemporal } from '../support/local-servers';

test('a test object store keeps its objects over kill -9 and restart', async () => {
  const store = await startObjectStore();
  const client = new S3Client({
    endpoint: store.endpoint,
    region: store.region,
    credentials: store.credentials,
    forcePathStyle: true,
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: 'lake' }));
    await client.send(new PutObjectCommand({ Bucket: 'lake', Key: 'a/b', Body: 'kept' }));
    const before = store.pid;
    await store.crash();
    await store.restart();
    expect(store.pid).not.toBe(before);
    const back = await client.send(new GetObjectCommand({ Bucket: 'lake', Key: 'a/b' }));
    expect(await back.Body?.transformToString()).toBe('kept');
  } finally {
    client.destroy();
    await store.stop();
  }
});

test('a test Temporal server has the namespace and the search attributes', async () => {
  const temporal = await startTemporal();
  const connection = await Connection.connect({ address: temporal.address });
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: temporal.namespace,
    });
    expect(Object.keys(customAttributes)).toEqual(
      expect.arrayContaining(['MillracePipeline', 'MillraceStage', 'MillraceVerdict']),
    );
  } finally {
    await connection.close();
    await temporal.stop();
  }
});
