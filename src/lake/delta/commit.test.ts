import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createMemoryObjectStore } from '../../adapters/object-store/memory';
import { withFaults } from '../../adapters/object-store/fault-injecting';
import type { ObjectStore } from '../../ports/object-store';
import { sha256Hex } from '../digest';
import { readBytes } from '../streams';
import { commit, type CommitRequest } from './commit';
import type { DataFile } from './data-file';
import { readSnapshot } from './log';
import type { FileChanges } from './plan-commit';
import { contentDigest, tableVersion } from './table-version';

const TABLE = { bucket: 'lake', tableRoot: 'tables/flights/clean' };
const DEFINITION = { name: 'clean', columns: [{ name: 'id', type: 'integer' }] } as const;

function file(day: string, content: string): DataFile {
  const sha256 = sha256Hex(content);
  return {
    path: `year=2013/month=01/day=${day}/part-${sha256.slice(0, 16)}.parquet`,
    bytes: content.length,
    sha256,
    rows: content.length,
  };
}

function request(appId: string, changes: FileChanges | CommitRequest['build']): CommitRequest {
  return {
    definition: DEFINITION,
    transaction: { appId, version: 1 },
    timestampMs: 1_700_000_000_000,
    operation: 'WRITE',
    parameters: { run: appId, batches: ['b1'] },
    build: typeof changes === 'function' ? changes : () => changes,
  };
}

const adding = (...add: readonly DataFile[]): FileChanges => ({ add, remove: [] });

let store: ObjectStore;
beforeEach(() => {
  store = createMemoryObjectStore();
});

const linesOf = async (version: number): Promise<readonly Record<string, unknown>[]> => {
  const key = `${TABLE.tableRoot}/_delta_log/${String(version).padStart(20, '0')}.json`;
  const { bytes } = await readBytes(store, { bucket: 'lake', key }, 1e6);
  const lines = Buffer.from(bytes).toString().trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};

test('there is no snapshot before the first commit', async () => {
  expect(await readSnapshot(store, TABLE)).toBeUndefined();
});

test('the first commit creates the table', async () => {
  const one = file('01', 'one');
  const result = await commit(store, TABLE, request('a', adding(one)));
  expect(result).toMatchObject({ version: 0, alreadyCommitted: false });
  const lines = await linesOf(0);
  expect(lines.map((line) => Object.keys(line).join())).toEqual([
    'commitInfo',
    'protocol',
    'metaData',
    'txn',
    'add',
  ]);
  expect(lines[0]?.['commitInfo']).toMatchObject({ operationParameters: { run: 'a', batches: '["b1"]' } });
  expect(lines[1]).toEqual({ protocol: { minReaderVersion: 1, minWriterVersion: 2 } });
  expect(lines[2]?.['metaData']).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/) as string,
    partitionColumns: ['year', 'month', 'day'],
  });
  expect(lines[4]).toEqual({
    add: {
      path: one.path,
      partitionValues: { year: '2013', month: '01', day: '01' },
      size: 3,
      modificationTime: 1_700_000_000_000,
      dataChange: true,
      stats: '{"numRecords":3}',
      tags: { sha256: one.sha256 },
    },
  });
});

test('the snapshot a commit returns is the snapshot a reader sees', async () => {
  const first = await commit(store, TABLE, request('a', adding(file('01', 'one'), file('02', 'two'))));
  expect(await readSnapshot(store, TABLE)).toEqual(first.snapshot);
  const second = await commit(store, TABLE, request('b', { add: [], remove: [file('01', 'one').path] }));
  expect(await readSnapshot(store, TABLE)).toEqual(second.snapshot);
  expect([...second.snapshot.files.keys()]).toEqual([file('02', 'two').path]);
  expect([...second.snapshot.tombstones.keys()]).toEqual([file('01', 'one').path]);
});

test('older versions stay readable and unknown ones are NotFound', async () => {
  await commit(store, TABLE, request('a', adding(file('01', 'one'))));
  await commit(store, TABLE, request('b', { add: [file('01', 'new')], remove: [file('01', 'one').path] }));
  expect([...(await readSnapshot(store, TABLE, 0))!.files.keys()]).toEqual([file('01', 'one').path]);
  expect([...(await readSnapshot(store, TABLE, 1))!.files.keys()]).toEqual([file('01', 'new').path]);
  await expect(readSnapshot(store, TABLE, 2)).rejects.toMatchObject({ code: 'NotFound' });
});

test('a repetition finds its own commit, also after others committed, and does not build again', async () => {
  const mine = await commit(store, TABLE, request('mine', adding(file('01', 'one'))));
  await commit(store, TABLE, request('other', adding(file('02', 'two'))));
  const build = jest.fn(() => adding(file('03', 'three')));
  const again = await commit(store, TABLE, request('mine', build));
  expect(again).toEqual({ version: 0, alreadyCommitted: true, snapshot: mine.snapshot });
  expect(build).not.toHaveBeenCalled();
  expect((await readSnapshot(store, TABLE))?.version).toBe(1);
});

test('a crash right after the conditional put loses nothing and doubles nothing', async () => {
  const markerDirectory = await mkdtemp(path.join(tmpdir(), 'millrace-delta-'));
  const kill = (): never => {
    throw new Error('killed');
  };
  const dying = withFaults(store, 'kill-after:createIfAbsent:*/_delta_log/*', { markerDirectory, kill });
  await expect(commit(dying, TABLE, request('a', adding(file('01', 'one'))))).rejects.toThrow('killed');
  const again = await commit(dying, TABLE, request('a', adding(file('01', 'one'))));
  await rm(markerDirectory, { recursive: true });
  expect(again).toMatchObject({ version: 0, alreadyCommitted: true });
  expect((await readSnapshot(store, TABLE))?.version).toBe(0);
});

test('equal work in another place and at another time gives equal log bytes', async () => {
  const other = createMemoryObjectStore();
  for (const target of [store, other]) {
    await commit(target, TABLE, request('a', adding(file('02', 'two'), file('01', 'one'))));
    await commit(target, TABLE, request('b', { add: [file('01', 'new')], remove: [file('01', 'one').path] }));
  }
  const hashesOf = async (target: ObjectStore): Promise<readonly unknown[]> => {
    const etags: string[] = [];
    for await (const { key, etag } of target.list('lake', '')) etags.push(`${key} ${etag}`);
    return etags;
  };
  expect(await hashesOf(store)).toHaveLength(2);
  expect(await hashesOf(store)).toEqual(await hashesOf(other));
});

test('20 writers racing on one table: none is lost, none counts twice', async () => {
  const writers = Array.from({ length: 20 }, (_, writer) =>
    file(String(writer + 1).padStart(2, '0'), `${writer}`),
  );
  const results = await Promise.all(
    writers.map((each, writer) => commit(store, TABLE, request(`w${writer}`, adding(each)))),
  );
  expect(results.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
    writers.map((_, index) => index),
  );
  const snapshot = await readSnapshot(store, TABLE);
  expect([...snapshot!.files.keys()].sort()).toEqual(writers.map(({ path }) => path).sort());
  expect(tableVersion(snapshot!)).toMatchObject({ version: 19, files: 20 });
});

test('writers who replace the same partition build upon each other', async () => {
  let state = '';
  const build: CommitRequest['build'] = (snapshot) => {
    const live = [...(snapshot?.files.keys() ?? [])];
    return { add: [file('01', `${live.join()}${Math.random()}`)], remove: live };
  };
  await Promise.all(
    Array.from({ length: 10 }, (_, writer) => commit(store, TABLE, request(`w${writer}`, build))),
  );
  const snapshot = await readSnapshot(store, TABLE);
  state = [...snapshot!.files.keys()].join();
  expect(snapshot?.version).toBe(9);
  expect(state.split(',')).toHaveLength(1);
});

test('a writer who loses every race gives up with a conflict that may be retried', async () => {
  await commit(store, TABLE, request('a', adding(file('01', 'one'))));
  const unlucky: ObjectStore = {
    ...store,
    createIfAbsent: async (at) => ({
      created: false,
      head: await store.head({ ...at, key: at.key.replace(/1\.json$/, '0.json') }),
    }),
  };
  const attempt = commit(unlucky, TABLE, { ...request('b', adding(file('02', 'two'))), maxAttempts: 3 });
  await expect(attempt).rejects.toMatchObject({ name: 'TransientFailure', code: 'CommitConflict' });
});

test('a file that is live already with the same content is kept as it is, and the work is still recorded', async () => {
  const one = file('01', 'one');
  await commit(store, TABLE, request('a', adding(one)));
  const result = await commit(store, TABLE, request('b', { add: [one], remove: [one.path] }));
  expect((await linesOf(1)).map((line) => Object.keys(line).join())).toEqual(['commitInfo', 'txn']);
  expect(result.snapshot.transactions.get('b')).toBe(1);
  expect([...result.snapshot.files.keys()]).toEqual([one.path]);
});

test('nothing to do writes nothing', async () => {
  await expect(
    commit(
      store,
      TABLE,
      request('a', () => undefined),
    ),
  ).rejects.toMatchObject({ code: 'InvalidInput' });
  await commit(store, TABLE, request('a', adding(file('01', 'one'))));
  expect(
    await commit(
      store,
      TABLE,
      request('b', () => undefined),
    ),
  ).toMatchObject({
    version: 0,
    alreadyCommitted: true,
  });
  expect((await readSnapshot(store, TABLE))?.version).toBe(0);
});

test('the content digest depends on the live content only, not on the way that led there', async () => {
  const elsewhere = { ...TABLE, tableRoot: 'tables/flights/other' };
  const [one, two] = [file('01', 'one'), file('02', 'two')];
  await commit(store, TABLE, request('a', adding(one)));
  const direct = await commit(store, elsewhere, request('a', adding(one, two)));
  const stepwise = await commit(store, TABLE, request('b', adding(two)));
  expect(contentDigest(stepwise.snapshot)).toBe(contentDigest(direct.snapshot));
  const less = await commit(store, TABLE, request('c', { add: [], remove: [one.path] }));
  expect(contentDigest(less.snapshot)).not.toBe(contentDigest(direct.snapshot));
});

describe('refusals', () => {
  const one = file('01', 'one');
  beforeEach(async () => {
    await commit(store, TABLE, request('a', adding(one)));
  });

  test.each([
    [
      'an unknown file to remove',
      { add: [], remove: ['year=2013/month=01/day=09/x.parquet'] },
      'InvalidInput',
    ],
    ['a file named twice', adding(file('02', 'two'), file('02', 'two')), 'InvalidInput'],
    ['a file outside of its partition', adding({ ...one, path: 'part-1.parquet' }), 'InvalidInput'],
    [
      'a path that would need encoding',
      adding({ ...one, path: 'year=2013/month=01/day=01/a b.parquet' }),
      'InvalidInput',
    ],
    ['a live path with other content', adding({ ...one, sha256: sha256Hex('changed') }), 'IntegrityError'],
  ])('%s', async (_what, changes, code) => {
    await expect(commit(store, TABLE, request('b', changes))).rejects.toMatchObject({ code });
    expect((await readSnapshot(store, TABLE))?.version).toBe(0);
  });

  test('other columns conflict unless all files are replaced; new columns may be added', async () => {
    const text = { name: 'clean', columns: [{ name: 'id', type: 'string' }] } as const;
    const wider = { name: 'clean', columns: [...DEFINITION.columns, { name: 'x', type: 'float' }] } as const;
    const keep = { ...request('b', adding(file('02', 'two'))), definition: text };
    await expect(commit(store, TABLE, keep)).rejects.toMatchObject({
      code: 'SchemaConflict',
      message: expect.stringContaining('~ id: long → string') as string,
    });
    const widened = await commit(store, TABLE, { ...keep, definition: wider });
    expect(widened.snapshot.metadata.schemaString).toContain('"x"');
    const replaceAll: CommitRequest = {
      ...request('c', (snapshot) => ({ add: [file('03', 'three')], remove: [...snapshot!.files.keys()] })),
      definition: text,
    };
    const replaced = await commit(store, TABLE, replaceAll);
    expect(replaced.snapshot.metadata.schemaString).not.toContain('"x"');
    expect(replaced.snapshot.metadata.id).toBe(widened.snapshot.metadata.id);
  });
});

describe('a damaged or foreign log', () => {
  const put = (version: number, content: string): Promise<unknown> =>
    store.put(
      { bucket: 'lake', key: `${TABLE.tableRoot}/_delta_log/${String(version).padStart(20, '0')}.json` },
      { kind: 'bytes', bytes: Buffer.from(content) },
    );
  beforeEach(async () => {
    await commit(store, TABLE, request('a', adding(file('01', 'one'))));
  });

  test('a gap is an integrity error', async () => {
    await put(2, '{"txn":{"appId":"x","version":1}}\n');
    await expect(readSnapshot(store, TABLE)).rejects.toMatchObject({ code: 'IntegrityError' });
  });

  test('a torn line is an integrity error that names the line', async () => {
    await put(1, '{"txn":{"appId":"x","version":1}}\n{"add":{"pa');
    await expect(readSnapshot(store, TABLE)).rejects.toMatchObject({
      code: 'IntegrityError',
      fields: { line: 2 },
    });
  });

  test.each([
    [
      '{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]}',
      'deletionVectors',
    ],
    ['{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["domainMetadata"]}', 'domainMetadata'],
    ['{"minReaderVersion":2,"minWriterVersion":5}', 'columnMapping'],
    ['{"minReaderVersion":1,"minWriterVersion":4}', 'changeDataFeed'],
  ])('a table with the protocol %s is refused, and the message names %s', async (protocol, feature) => {
    await put(1, `{"protocol":${protocol}}\n`);
    const refusal = { code: 'SchemaConflict', message: expect.stringContaining(feature) as string };
    await expect(readSnapshot(store, TABLE)).rejects.toMatchObject(refusal);
  });

  test.each([
    ['{"delta.appendOnly":"true"}', '{}', 'delta.appendOnly'],
    ['{}', '{"delta.invariants":"{}"}', 'delta.invariants'],
  ])('what a table forbids its writers is not done: %s %s', async (configuration, metadata, named) => {
    const { metadata: current } = (await readSnapshot(store, TABLE))!;
    const schemaString = current.schemaString.replace('"metadata":{}', `"metadata":${metadata}`);
    const metaData = { ...current, schemaString, configuration: JSON.parse(configuration) as object };
    await put(1, `${JSON.stringify({ metaData })}\n`);
    const replacing = request('b', { add: [file('02', 'two')], remove: [file('01', 'one').path] });
    await expect(commit(store, TABLE, replacing)).rejects.toMatchObject({
      code: 'SchemaConflict',
      message: expect.stringContaining(named) as string,
    });
  });

  test('a log whose beginning was cleaned up is refused', async () => {
    await put(1, '{"txn":{"appId":"x","version":1}}\n');
    await store.remove({ bucket: 'lake', key: `${TABLE.tableRoot}/_delta_log/${'0'.repeat(20)}.json` });
    await expect(readSnapshot(store, TABLE)).rejects.toMatchObject({ code: 'SchemaConflict' });
  });

  test('checkpoints and unknown actions of other engines are passed over', async () => {
    await put(1, '{"domainMetadata":{"domain":"x"}}\n\n');
    for (const name of [
      '_last_checkpoint',
      '00000000000000000000.checkpoint.parquet',
      '00000000000000000000.crc',
    ]) {
      const key = `${TABLE.tableRoot}/_delta_log/${name}`;
      await store.put({ bucket: 'lake', key }, { kind: 'bytes', bytes: Buffer.from('x') });
    }
    expect(await readSnapshot(store, TABLE)).toMatchObject({ version: 1 });
  });

  test('a file without hash has no content digest', async () => {
    await put(
      1,
      '{"add":{"path":"x.parquet","partitionValues":{},"size":1,"modificationTime":1,"dataChange":true}}\n',
    );
    const snapshot = await readSnapshot(store, TABLE);
    expect(() => tableVersion(snapshot!)).toThrow('no row count');
    expect(() => contentDigest(snapshot!)).toThrow('no SHA-256 tag');
  });
});
