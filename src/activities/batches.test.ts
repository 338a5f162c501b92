// From hints to a ledger: control and ingest together, on the in-memory store.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createMemoryObjectStore } from '../adapters/object-store/memory';
import type { BatchDocument, ControlActivities } from '../contracts/activities/control';
import type { BatchManifest } from '../domain/artifact';
import type { PipelinePlan } from '../domain/plan';
import type { BatchOutcome } from '../domain/replay';
import { parseS3Uri } from '../domain/s3-uri';
import type { IngestResult, RunRef } from '../domain/stage';
import { createDocument, readDocument } from '../lake/documents';
import { createLedger } from '../lake/ledger';
import { createPlanLibrary } from '../lake/plans';
import { PermanentFailure } from '../ports/failures';
import type { ObjectHead, ObjectStore } from '../ports/object-store';
import { createControlActivities } from './control';
import { createIngestActivity } from './ingest';

const KEY = 'raw/orders/a.csv';
const PLAN = {
  planVersion: 1,
  pipeline: 'orders',
  source: {
    prefix: 'raw/orders/',
    minObjectBytes: 3,
    batch: { maxObjects: 9, maxBytes: 100, quietSeconds: 1 },
  },
  deploy: { enabled: true, goldenTolerance: 1e-5 },
  backup: { enabled: true },
} as unknown as PipelinePlan;

interface Scene {
  readonly store: ObjectStore;
  readonly control: ControlActivities;
  readonly planDigest: string;
  readonly upload: (key: string, text: string) => Promise<ObjectHead>;
  /** One run's way through ingest and the ledger. */
  readonly process: (
    batch: { readonly digest: string; readonly uri: string },
    verdict?: 'accepted' | 'rejected',
  ) => Promise<{ readonly result: IngestResult; readonly manifest: BatchManifest }>;
}

async function scene(wrap: (store: ObjectStore) => ObjectStore = (store) => store): Promise<Scene> {
  let clockMs = Date.UTC(2024, 0, 1);
  const memory = createMemoryObjectStore({ nowMs: () => (clockMs += 1_000) });
  const store = wrap(memory);
  const plans = createPlanLibrary(store, 'lake');
  const { digest: planDigest } = await plans.apply(PLAN);
  const ledger = createLedger(store, 'lake');
  const control = createControlActivities({ store, lakeBucket: 'lake', plans, ledger });
  const ingest = createIngestActivity({
    store,
    plans,
    ledger,
    lakeBucket: 'lake',
    scratchDirectory: mkdtempSync(path.join(tmpdir(), 'millrace-unit-')),
    signal: () => new AbortController().signal,
    progress: () => undefined,
  });
  return {
    store,
    control,
    planDigest,
    upload: (key, text) => memory.put({ bucket: 'lake', key }, { kind: 'bytes', bytes: Buffer.from(text) }),
    process: async (batch, verdict = 'accepted') => {
      const run: RunRef = { pipeline: 'orders', planDigest, batchDigest: batch.digest };
      const result = await ingest({ run, batchUri: batch.uri });
      const { value: manifest } = await readDocument<BatchManifest>(store, parseS3Uri(result.manifest.uri));
      await control.recordBatch({ run, manifest: result.manifest, verdict });
      return { result, manifest };
    },
  };
}

const resolve = (
  { control, planDigest }: Scene,
  ...versions: readonly (string | undefined)[]
): ReturnType<ControlActivities['resolveBatch']> =>
  control.resolveBatch({
    pipeline: 'orders',
    planDigest,
    hints: versions.map((versionId) => ({ bucket: 'lake', key: KEY, ...(versionId ? { versionId } : {}) })),
  });

test('an object version is processed once for ever, whoever tells of it', async () => {
  const stage = await scene();
  const { versionId } = await stage.upload(KEY, 'id\n1\n');
  const { batch } = await resolve(stage, undefined, versionId);
  expect(batch).toMatchObject({ objects: 1, bytes: 5 });
  await stage.process(batch!);
  expect(await resolve(stage, versionId)).toMatchObject({ skipped: 1, later: [] });
  expect((await stage.control.openRun({ pipeline: 'orders' })).batch).toBeUndefined();
});

test('two versions of a key are two batches, the older one first', async () => {
  const stage = await scene();
  const first = await stage.upload(KEY, 'id\n1\n');
  const second = await stage.upload(KEY, 'id\n2\n');
  const resolved = await resolve(stage, second.versionId, first.versionId);
  expect(resolved).toMatchObject({ later: [0], batch: { objects: 1 } });
  const { manifest } = await stage.process(resolved.batch!);
  expect(manifest.objects[0]?.versionId).toBe(first.versionId);
});

test('an old version whose event comes late does not come back over a newer one', async () => {
  const stage = await scene();
  const old = await stage.upload(KEY, 'id\n1\n');
  await stage.upload(KEY, 'id\n2\n');
  await stage.process((await resolve(stage, undefined)).batch!);
  expect(await resolve(stage, old.versionId)).toMatchObject({ skipped: 1 });
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
  const hints = ['raw/orders/gone.csv', 'raw/other/a.csv', 'raw/orders//odd.csv', denied, KEY].map((key) => ({
    bucket: 'lake',
    key,
  }));
  const resolved = await stage.control.resolveBatch({
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
