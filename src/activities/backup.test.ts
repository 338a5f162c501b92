import { createMemoryObjectStore } from '../adapters/object-store/memory';
import { backupLayout, lakeLayout } from '../domain/lake-layout';
import type { BackupResult } from '../domain/stage';
import { listSnapshots, readManifest, verifySnapshot } from '../lake/backups';
import { sha256Hex } from '../lake/digest';
import type { ObjectHead, ObjectStore, ObjectVersionLocation } from '../ports/object-store';
import { createBackupActivity } from './backup';

const PIPELINE = 'flights';
const ALIAS = lakeLayout.modelAlias(PIPELINE, 'champion');
const VERSION = (version: number): string => lakeLayout.modelVersion(PIPELINE, version);

let store: ObjectStore;
let opened: string[];
let copied: string[];
/** Runs once, after the next head of the key that it is given under. */
let afterHead: Readonly<Record<string, () => Promise<unknown>>>;
let beforeLakeCall: () => Promise<void>;

const put = (key: string, content: string, bucket = 'lake'): Promise<ObjectHead> =>
  store.put({ bucket, key }, { kind: 'bytes', bytes: Buffer.from(content) });
const heldAt = (content: string): { bucket: string; key: string } => ({
  bucket: 'backup',
  key: backupLayout.object(PIPELINE, sha256Hex(content)),
});

/** The same store, watched and disturbed. */
function watched(inner: ObjectStore): ObjectStore {
  return {
    ...inner,
    open: (location: ObjectVersionLocation) => {
      if (location.bucket === 'backup') opened.push(location.key);
      return inner.open(location);
    },
    head: async (location) => {
      if (location.bucket === 'lake') await beforeLakeCall();
      const head = await inner.head(location);
      const disturb = afterHead[location.key];
      if (disturb) {
        afterHead = {};
        await disturb();
      }
      return head;
    },
    copy: (from, to) => {
      copied.push(from.key);
      return inner.copy(from, to);
    },
    list: (bucket, prefix) =>
      (async function* () {
        if (bucket === 'lake') await beforeLakeCall();
        yield* inner.list(bucket, prefix);
      })(),
  };
}

function backup(): Promise<BackupResult> {
  opened = [];
  copied = [];
  return createBackupActivity({
    store: watched(store),
    lakeBucket: 'lake',
    backupBucket: 'backup',
    signal: () => new AbortController().signal,
    progress: () => undefined,
  })({ pipeline: PIPELINE, requestedBy: 'test' });
}

async function damagedIn(snapshot: string): Promise<readonly unknown[]> {
  return (await verifySnapshot(store, 'backup', PIPELINE, snapshot)).damaged;
}

beforeEach(async () => {
  store = createMemoryObjectStore();
  afterHead = {};
  beforeLakeCall = () => Promise.resolve();
  await put(VERSION(1), 'one');
  await put(ALIAS, 'points at 1');
  await put(`tables/${PIPELINE}/clean/part.parquet`, 'rows');
});

test('the first backup copies and verifies everything, the second nothing', async () => {
  expect(await backup()).toMatchObject({ objects: 3, copiedObjects: 3, verifiedObjects: 3, reused: false });
  expect(await backup()).toMatchObject({ objects: 3, copiedObjects: 0, verifiedObjects: 0, reused: true });
  expect(copied).toEqual([]);
});

test('equal content under two keys is copied once', async () => {
  await put(VERSION(2), 'one');
  expect(await backup()).toMatchObject({ objects: 4, copiedObjects: 3 });
});

test('what a stopped attempt copied is read back but not copied again', async () => {
  await put(heldAt('rows').key, 'rows', 'backup');
  const result = await backup();
  expect(result).toMatchObject({ copiedObjects: 2, verifiedObjects: 3 });
  expect(copied).not.toContain(`tables/${PIPELINE}/clean/part.parquet`);
  expect(opened).toContain(heldAt('rows').key);
});

test('a copy of a stopped attempt with other bytes of the same length is replaced', async () => {
  await put(heldAt('rows').key, 'r0ws', 'backup');
  const result = await backup();
  expect(result).toMatchObject({ copiedObjects: 3, verifiedObjects: 4 });
  expect(await damagedIn(result.snapshot)).toEqual([]);
});

test.each([
  ['is missing', () => store.remove(heldAt('rows'))],
  [
    'has another size',
    () => put(heldAt('rows').key, 'half', 'backup').then(() => put(heldAt('rows').key, 'ro', 'backup')),
  ],
])('content of an earlier snapshot that %s in the backup is copied again', async (_what, damage) => {
  await backup();
  await damage();
  const result = await backup();
  expect(result).toMatchObject({ copiedObjects: 1, verifiedObjects: 1, reused: true });
  expect(await damagedIn(result.snapshot)).toEqual([]);
});

describe('while a run publishes', () => {
  /** In the order of a run; each says what it refers to. */
  const STEPS: readonly (readonly [key: string, refersTo: string])[] = [
    [lakeLayout.plan(PIPELINE, 'p'), ''],
    [lakeLayout.currentPlan(PIPELINE), lakeLayout.plan(PIPELINE, 'p')],
    [`tables/${PIPELINE}/features/year=2013/part.parquet`, ''],
    [`tables/${PIPELINE}/features/_delta_log/1.json`, `tables/${PIPELINE}/features/year=2013/part.parquet`],
    [lakeLayout.stageResult(PIPELINE, 'transform', 't'), `tables/${PIPELINE}/features/_delta_log/1.json`],
    [lakeLayout.modelArtifact(PIPELINE, 'm', 'model.onnx'), ''],
    [lakeLayout.stageResult(PIPELINE, 'train', 'm'), lakeLayout.modelArtifact(PIPELINE, 'm', 'model.onnx')],
    [lakeLayout.stageResult(PIPELINE, 'evaluate', 'e'), lakeLayout.stageResult(PIPELINE, 'train', 'm')],
    [VERSION(2), lakeLayout.stageResult(PIPELINE, 'evaluate', 'e')],
    [ALIAS, VERSION(2)],
    [lakeLayout.runSummary(PIPELINE, 'r'), VERSION(2)],
  ];

  /** From the `start`-th call on that the backup makes, the run makes a step (or all) before each. */
  async function danglingAfter(start: number, stepsPerCall: number): Promise<readonly string[]> {
    let calls = 0;
    const left = [...STEPS];
    beforeLakeCall = async () => {
      if ((calls += 1) <= start) return;
      for (const [key, refersTo] of left.splice(0, stepsPerCall)) await put(key, `${key} > ${refersTo}`);
    };
    const { snapshot } = await backup();
    const { objects } = (await readManifest(store, 'backup', PIPELINE, snapshot)).value;
    const hashes = new Set(objects.map(({ sha256 }) => sha256));
    const contentOf = (key: string): string =>
      `${key} > ${STEPS.find(([stepKey]) => stepKey === key)?.[1] ?? ''}`;
    return STEPS.filter(
      ([key, refersTo]) =>
        refersTo !== '' &&
        hashes.has(sha256Hex(contentOf(key))) &&
        !hashes.has(sha256Hex(contentOf(refersTo))),
    ).map(([key]) => key);
  }

  const starts = Array.from({ length: 30 }, (_, start) => start);

  test.each(starts)(
    'no snapshot has a reference without its target (from call %i, step by step)',
    async (start) => {
      expect(await danglingAfter(start, 1)).toEqual([]);
    },
  );

  test.each(starts)(
    'no snapshot has a reference without its target (at call %i, all at once)',
    async (start) => {
      expect(await danglingAfter(start, STEPS.length)).toEqual([]);
    },
  );
});

test('a pointer that moves after it was described is kept as it was', async () => {
  afterHead = {
    [ALIAS]: async () => {
      await put(ALIAS, 'points at 2');
    },
  };
  const { snapshot } = await backup();
  expect(await damagedIn(snapshot)).toEqual([]);
  expect((await readManifest(store, 'backup', PIPELINE, snapshot)).value.objects).toContainEqual(
    expect.objectContaining({ key: ALIAS, sha256: sha256Hex('points at 1') }),
  );
});

test('without versions, an object that changed since it was described is described again', async () => {
  store = createMemoryObjectStore({ buckets: ['backup'], plainBuckets: ['lake'] });
  await put(ALIAS, 'points at 1');
  afterHead = { [ALIAS]: () => put(ALIAS, 'points at 2') };
  const { snapshot, copiedObjects } = await backup();
  expect(copiedObjects).toBe(2);
  expect(await damagedIn(snapshot)).toEqual([]);
  expect((await readManifest(store, 'backup', PIPELINE, snapshot)).value.objects).toMatchObject([
    { key: ALIAS, sha256: sha256Hex('points at 2') },
  ]);
});

test('an object that changed does not fail another one that had the same content', async () => {
  store = createMemoryObjectStore({ buckets: ['backup'], plainBuckets: ['lake'] });
  await put(ALIAS, 'same');
  await put(VERSION(1), 'same');
  afterHead = { [VERSION(1)]: () => put(ALIAS, 'changed') };
  const { snapshot } = await backup();
  expect(await damagedIn(snapshot)).toEqual([]);
  expect((await readManifest(store, 'backup', PIPELINE, snapshot)).value.objects).toMatchObject([
    { key: ALIAS, sha256: sha256Hex('changed') },
    { key: VERSION(1), sha256: sha256Hex('same') },
  ]);
});

test('an object whose bytes are not what the lake says ends the backup without a snapshot', async () => {
  const lies = store;
  const sha256 = sha256Hex('other');
  store = {
    ...lies,
    head: async (location) => ({
      ...(await lies.head(location)),
      ...(location.key === ALIAS ? { sha256 } : {}),
    }),
  };
  await expect(backup()).rejects.toMatchObject({ code: 'IntegrityError', fields: { expected: sha256 } });
  expect(await listSnapshots(store, 'backup', PIPELINE)).toEqual([]);
});
