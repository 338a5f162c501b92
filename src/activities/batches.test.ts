// From hints to a ledger: control and ingest together, on the in-memory store.
import type { BatchDocument } from '../contracts/activities/control';
import type { LandingActivities } from '../contracts/activities/intake';
import { lakeLayout } from '../domain/lake-layout';
import type { BatchOutcome } from '../domain/replay';
import { parseS3Uri } from '../domain/s3-uri';
import type { RunRef } from '../domain/stage';
import { createDocument, readDocument } from '../lake/documents';
import { PermanentFailure } from '../ports/failures';

import { KEY, keysUnder, resolve, scene } from '../../test/support/batch-scene';

test('an object version is processed once for ever, whoever tells of it', async () => {
  const stage = await scene();
  const { versionId } = await stage.upload(KEY, 'id\n1\n');
  const { batch } = await resolve(stage, undefined, versionId);
  expect(batch).toMatchObject({ objects: 1, bytes: 5 });
  await stage.process(batch!);
  expect(await resolve(stage, versionId)).toMatchObject({ skipped: 1, later: [] });
  expect((await stage.control.openRun({ pipeline: 'orders' })).batch).toBeUndefined();
});

test('a version that was overwritten before anybody looked is processed, the older one first', async () => {
  const stage = await scene();
  const first = await stage.upload(KEY, 'id\n1\n');
  const second = await stage.upload(KEY, 'id\n2\n');
  const seen: (string | undefined)[] = [];
  for (let look = 0; look < 2; look += 1) {
    const resolved = await resolve(stage, undefined);
    expect(resolved.later).toEqual(look === 0 ? [0] : []);
    const { manifest } = await stage.process(resolved.batch!);
    seen.push(...manifest.objects.map(({ versionId }) => versionId));
  }
  expect(seen).toEqual([first.versionId, second.versionId]);
  expect(await resolve(stage, first.versionId, second.versionId)).toMatchObject({ skipped: 2 });
});

test('news of the newer version finds the older one first, however the events come', async () => {
  const stage = await scene();
  const first = await stage.upload(KEY, 'id\n1\n');
  const second = await stage.upload(KEY, 'id\n2\n');
  const resolved = await resolve(stage, second.versionId);
  const { manifest } = await stage.process(resolved.batch!);
  expect(manifest.objects[0]?.versionId).toBe(first.versionId);
});

test('a version older than the accepted one does not come back over it, and is settled', async () => {
  let hidden: string | undefined;
  const stage = await scene((store) => ({
    ...store,
    // A list that has not caught up.
    listVersions: async function* (bucket, prefix) {
      for await (const version of store.listVersions(bucket, prefix))
        if (version.versionId !== hidden) yield version;
    },
  }));
  const old = await stage.upload(KEY, 'id\n1\n');
  hidden = old.versionId;
  await stage.upload(KEY, 'id\n2\n');
  await stage.process((await resolve(stage, undefined)).batch!);
  hidden = undefined;
  expect(await resolve(stage, old.versionId)).toMatchObject({ skipped: 1 });
  expect(await stage.ledger.find('orders', old)).toMatchObject({ verdict: 'superseded' });
  expect(await stage.intake.reconcile({})).toMatchObject({ landed: 2, unsettled: 0 });
});

test('a removed object is recorded, and what had landed under its key is processed all the same', async () => {
  const stage = await scene();
  const { versionId } = await stage.upload(KEY, 'id\n1\n');
  await stage.store.remove({ bucket: 'lake', key: KEY });
  const resolved = await stage.intake.resolveBatch({
    pipeline: 'orders',
    planDigest: stage.planDigest,
    hints: [{ bucket: 'lake', key: KEY, removed: true }],
  });
  const { manifest } = await stage.process(resolved.batch!);
  expect(manifest.objects).toMatchObject([{ versionId }]);
  const recorded = await keysUnder(stage.store, lakeLayout.ledgerRemovedPrefix('orders'));
  expect(recorded).toHaveLength(1);
  expect((await stage.intake.surveyLandingZone({ pipeline: 'orders' })).backlog).toBeUndefined();
});

test('a version that is deleted for good while its batch waits is skipped as gone; the others go on', async () => {
  const lost = new Set<string>();
  const stage = await scene((store) => ({
    ...store,
    open: (location) =>
      lost.has(location.versionId ?? '')
        ? Promise.reject(new PermanentFailure('NotFound', 'Object or bucket not found'))
        : store.open(location),
  }));
  await stage.upload(KEY, 'id\n1\n');
  const doomed = await stage.upload('raw/orders/b.csv', 'id\n2\n');
  const { batch } = await stage.intake.resolveBatch({
    pipeline: 'orders',
    planDigest: stage.planDigest,
    hints: [KEY, 'raw/orders/b.csv'].map((key) => ({ bucket: 'lake', key })),
  });
  lost.add(doomed.versionId!);
  const { manifest } = await stage.process(batch!);
  expect(manifest).toMatchObject({ objects: [{ key: KEY }], skipped: [{ reason: 'gone' }] });
});

test('hints that do not fit one message extend the batch up to its bytes', async () => {
  const stage = await scene();
  const keys = ['a', 'b', 'c', 'd'].map((name) => `raw/orders/${name}.csv`);
  for (const key of keys) await stage.upload(key, 'x'.repeat(40));
  const look = (from: number, extend?: string): ReturnType<LandingActivities['resolveBatch']> =>
    stage.intake.resolveBatch({
      pipeline: 'orders',
      planDigest: stage.planDigest,
      hints: keys.slice(from, from + 2).map((key) => ({ bucket: 'lake', key })),
      ...(extend ? { extend } : {}),
    });
  const first = await look(0);
  expect(first.batch).toMatchObject({ objects: 2, bytes: 80 });
  const second = await look(2, first.batch?.uri);
  expect(second).toMatchObject({ batch: { objects: 2, bytes: 80 }, later: [0, 1] });
  const { value } = await readDocument<BatchDocument>(stage.store, parseS3Uri(second.batch!.uri));
  expect(value.objects.map(({ key }) => key)).toEqual(keys.slice(0, 2));
});

test('A, then B, then A again ends at A; the same content twice in a row is skipped', async () => {
  const stage = await scene();
  const contents: string[] = [];
  for (const text of ['id\nA\n', 'id\nB\n', 'id\nA\n', 'id\nA\n']) {
    await stage.upload(KEY, text);
    const { manifest } = await stage.process((await resolve(stage, undefined)).batch!);
    contents.push(manifest.objects.length > 0 ? text : (manifest.skipped[0]?.reason ?? ''));
  }
  expect(contents).toEqual(['id\nA\n', 'id\nB\n', 'id\nA\n', 'same_content']);
  expect(await resolve(stage, undefined)).toMatchObject({ skipped: 1 });
});

test('a rejected content may be sent again', async () => {
  const stage = await scene();
  await stage.upload(KEY, 'broken');
  await stage.process((await resolve(stage, undefined)).batch!, 'rejected');
  await stage.upload(KEY, 'broken');
  const { result } = await stage.process((await resolve(stage, undefined)).batch!);
  expect(result.objects).toBe(1);
});

test('an object below the minimum size is recorded and skipped', async () => {
  const stage = await scene();
  await stage.upload(KEY, 'x');
  const { manifest } = await stage.process((await resolve(stage, undefined)).batch!);
  expect(manifest).toMatchObject({ objects: [], skipped: [{ key: KEY, reason: 'too_small' }] });
  expect(await resolve(stage, undefined)).toMatchObject({ skipped: 1 });
});

test('what is gone, foreign or no possible key is skipped; what may not be read blocks only itself', async () => {
  const denied = 'raw/orders/denied.csv';
  const stage = await scene((store) => ({
    ...store,
    head: (location) =>
      location.key === denied
        ? Promise.reject(new PermanentFailure('AccessDenied', 'Access denied'))
        : store.head(location),
  }));
  await stage.upload(KEY, 'id\n1\n');
  await stage.upload(denied, 'id\n1\n');
  const hints = ['raw/orders/gone.csv', 'raw/other/a.csv', 'raw/orders//odd.csv', denied, KEY].map((key) => ({
    bucket: 'lake',
    key,
  }));
  const resolved = await stage.intake.resolveBatch({
    pipeline: 'orders',
    planDigest: stage.planDigest,
    hints,
  });
  expect(resolved).toMatchObject({
    skipped: 3,
    blocked: [3],
    batch: { objects: 1 },
    problem: 'Access denied',
  });
});

test('ingest again, in a retry or another run, gives the manifest that stands', async () => {
  const stage = await scene();
  await stage.upload(KEY, 'id\n1\n');
  const { batch } = await resolve(stage, undefined);
  const first = await stage.process(batch!);
  const again = await stage.process(batch!);
  expect(again.result).toEqual({ ...first.result, reused: true });
});

test('a run over named objects refuses what is not in the landing zone', async () => {
  const { control } = await scene();
  const open = (uri: string): Promise<unknown> => control.openRun({ pipeline: 'orders', objects: [uri] });
  await expect(open('s3://lake/raw/other/a.csv')).rejects.toMatchObject({ code: 'InvalidInput' });
  await expect(open('s3://lake/raw/orders/nothing.csv')).rejects.toMatchObject({ code: 'NotFound' });
  await expect(open('not a uri')).rejects.toMatchObject({ code: 'InvalidInput' });
});

test('what became of a batch is written where its rejected rows lie, once', async () => {
  const stage = await scene();
  await stage.upload(KEY, 'id\n1\n');
  const { batch } = await resolve(stage, undefined);
  const { result } = await stage.process(batch!, 'rejected');
  const run: RunRef = { pipeline: 'orders', planDigest: stage.planDigest, batchDigest: batch!.digest };
  const record = (rows: number): Promise<void> =>
    stage.control.recordBatch({
      run,
      manifest: result.manifest,
      verdict: 'rejected',
      validated: { rows, quarantinedRows: 0 },
    });
  await record(3);
  await record(4);
  const key = `quarantine/orders/batch=${batch!.digest}/outcome.json`;
  const { value } = await readDocument<BatchOutcome>(stage.store, { bucket: 'lake', key });
  expect(value).toMatchObject({
    verdict: 'rejected',
    rows: 3,
    run: `run/orders/${batch!.digest.slice(0, 16)}`,
  });
});

test('a batch that was rejected and then accepted as a replay counts as published', async () => {
  const stage = await scene();
  await stage.upload(KEY, 'id\n1\n');
  const { batch } = await resolve(stage, undefined);
  await stage.process(batch!, 'rejected');
  const [object] = (await readDocument<BatchDocument>(stage.store, parseS3Uri(batch!.uri))).value.objects;
  const replay = await createDocument(
    stage.store,
    { bucket: 'lake', key: 'runs/orders/batches/replay.json' },
    { formatVersion: 1, pipeline: 'orders', objects: [object], replay: { of: [batch!.digest] } },
  );
  const { manifest } = await stage.process({ digest: 'replay', uri: replay.ref.uri });
  expect(manifest).toMatchObject({ skipped: [], replay: { of: [batch!.digest] } });
  const again = await stage.upload(KEY, 'id\n1\n');
  const later = await resolve(stage, again.versionId);
  expect((await stage.process(later.batch!)).manifest.skipped).toMatchObject([{ reason: 'same_content' }]);
});
