// What had no event, what failed, what is wanted again; on the in-memory store.
import type { BatchDocument } from '../contracts/activities/control';
import type { AgainDocument, BacklogDocument, LandingActivities } from '../contracts/activities/intake';
import { lakeLayout } from '../domain/lake-layout';
import { parseS3Uri } from '../domain/s3-uri';
import { createDocument, readDocument } from '../lake/documents';

import { KEY, resolve, scene } from '../../test/support/batch-scene';

describe('reconciliation', () => {
  test('finds what had no event, oldest first, and nothing once all of it is processed', async () => {
    const stage = await scene();
    const keys = ['z', 'plus+ %20 ü', 'a'].map((name) => `raw/orders/${name}.csv`);
    for (const key of keys) await stage.upload(key, key);
    expect(await stage.intake.reconcile({})).toMatchObject({
      pipelines: 1,
      landed: 3,
      unsettled: 3,
      failed: 0,
    });
    const { value } = await readDocument<BacklogDocument>(stage.store, parseS3Uri(stage.offered[0]!.uri));
    expect(value.objects.map(({ key }) => key)).toEqual(keys);
    let offset: number | undefined = 0;
    while (offset !== undefined) {
      const next = await stage.intake.resolveBacklog({
        pipeline: 'orders',
        planDigest: stage.planDigest,
        backlog: { uri: stage.offered[0]!.uri, offset },
      });
      if (next.batch) await stage.process(next.batch);
      offset = next.nextOffset;
    }
    expect(await stage.intake.reconcile({ pipeline: 'orders' })).toMatchObject({ landed: 3, unsettled: 0 });
    expect(stage.offered).toHaveLength(1);
  });

  test('takes two versions of one key and what is too much for one batch in several steps', async () => {
    const stage = await scene();
    await stage.upload(KEY, 'x'.repeat(60));
    await stage.upload(KEY, 'y'.repeat(10));
    await stage.upload('raw/orders/b.csv', 'z'.repeat(60));
    const { backlog } = await stage.intake.surveyLandingZone({ pipeline: 'orders' });
    const look = (offset: number): ReturnType<LandingActivities['resolveBacklog']> =>
      stage.intake.resolveBacklog({
        pipeline: 'orders',
        planDigest: stage.planDigest,
        backlog: { uri: backlog!.uri, offset },
      });
    const first = await look(0);
    expect(first).toMatchObject({ batch: { objects: 1, bytes: 60 }, nextOffset: 1 });
    await stage.process(first.batch!);
    const second = await look(1);
    expect(second).toMatchObject({ batch: { objects: 2, bytes: 70 } });
    expect(second).not.toHaveProperty('nextOffset');
  });

  test('leaves the objects of a run that failed for good alone until somebody asks', async () => {
    const stage = await scene();
    await stage.upload(KEY, 'id\n1\n');
    const { batch } = await resolve(stage, undefined);
    await stage.intake.recordFailure({ pipeline: 'orders', batch: batch!, workflowId: 'run/orders/x' });
    expect(await resolve(stage, undefined)).toMatchObject({ skipped: 1 });
    expect(await stage.intake.reconcile({})).toMatchObject({ unsettled: 0 });
    const { value } = await readDocument<BatchDocument>(stage.store, parseS3Uri(batch!.uri));
    await stage.ledger.clearFailed('orders', value.objects[0]!);
    expect(await stage.intake.reconcile({})).toMatchObject({ unsettled: 1 });
  });

  test('one pipeline that cannot be looked at does not keep the others from it', async () => {
    const stage = await scene();
    await stage.upload(KEY, 'id\n1\n');
    await stage.store.put(
      { bucket: 'lake', key: lakeLayout.currentPlan('broken') },
      { kind: 'bytes', bytes: Buffer.from('{"digest":"none"}') },
    );
    expect(await stage.intake.reconcile({})).toMatchObject({ pipelines: 2, unsettled: 1, failed: 1 });
    await expect(stage.intake.reconcile({ pipeline: 'broken' })).rejects.toMatchObject({ code: 'NotFound' });
  });
});

test('a deliberate re-run is a batch of its own and processes what is published already', async () => {
  const stage = await scene();
  await stage.upload(KEY, 'id\n1\n');
  const first = (await resolve(stage, undefined)).batch!;
  const { manifest } = await stage.process(first);
  const again: AgainDocument = {
    formatVersion: 1,
    pipeline: 'orders',
    request: 'r1',
    by: 'ada',
    reason: 'the price list was wrong',
    requestedAt: '2024-01-01T00:00:00.000Z',
    objects: manifest.objects,
  };
  await createDocument(stage.store, { bucket: 'lake', key: lakeLayout.againRequest('orders', 'r1') }, again);
  const batch = await stage.intake.openAgain({ pipeline: 'orders', request: 'r1' });
  expect(batch.digest).not.toBe(first.digest);
  expect(await stage.intake.openAgain({ pipeline: 'orders', request: 'r1' })).toEqual(batch);
  const { value } = await readDocument<BatchDocument>(stage.store, parseS3Uri(batch.uri));
  expect(value.again).toEqual({ request: 'r1', by: 'ada', reason: 'the price list was wrong' });
  expect((await stage.process(batch)).manifest).toMatchObject({ objects: [{ key: KEY }], skipped: [] });
});
