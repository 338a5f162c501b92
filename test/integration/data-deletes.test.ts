import { readSnapshot } from '../../src/lake/delta/log';
import type { PipelinePlan } from '../../src/domain/plan';
import type { ObjectStore } from '../../src/ports/object-store';
import { createMemoryObjectStore } from '../../src/adapters/object-store/memory';
import { LAKE, openLake, type Lake } from './data-fixture';
import { feedPlan } from './data-feeds';

const HEADER = 'id,line,happened,minutes,version,op,known';
const PLAN = feedPlan({ newest: 'version', delete: { column: 'op', values: ['D'] } });

/** One row of a key; `version op minutes` is what differs. */
const row = (id: number, version: number, op: string, minutes = 10, day = 1): string =>
  `${id},A,2024-01-0${day}T00:00:00Z,${minutes},${version},${op},2024-01-0${day}T00:00:00Z`;

describe('deletes and versions', () => {
  let lake: Lake;
  beforeEach(async () => {
    lake = await openLake();
  });
  afterEach(() => lake.close());

  const send = (plan: PipelinePlan, ...rows: readonly string[]) =>
    lake.process(plan, [[HEADER, ...rows, ''].join('\n')]);
  const table = async (plan: PipelinePlan) =>
    (await lake.tableRows(plan, 'clean', 'id, version, minutes')).map(
      (item) => `${item['id'] as number} ${item['version'] as number} ${item['minutes'] as number}`,
    );

  it('take the row of their key out of both tables', async () => {
    await send(PLAN, row(1, 1, 'I'), row(2, 1, 'I'));
    const { transformed } = await send(PLAN, row(1, 2, 'D'));
    expect(transformed).toMatchObject({ clean: { rows: 1 }, features: { rows: 1 }, replacedInTable: 1 });
    expect(await table(PLAN)).toEqual(['2 1 10']);
  });

  it('hold against older rows that come late, and give way to newer ones', async () => {
    await send(PLAN, row(2, 1, 'I'), row(1, 5, 'D'));
    await send(PLAN, row(1, 4, 'U'), row(1, 5, 'U'));
    expect(await table(PLAN)).toEqual(['2 1 10']);
    await send(PLAN, row(1, 6, 'U', 11));
    expect(await table(PLAN)).toEqual(['1 6 11', '2 1 10']);
  });

  it('leave a table without rows when they delete all of them', async () => {
    await send(PLAN, row(1, 1, 'I'));
    const { transformed } = await send(PLAN, row(1, 2, 'D'));
    expect(transformed).toMatchObject({ clean: { rows: 0, files: 0 }, features: { rows: 0, files: 0 } });
  });

  it('ignore a correction that is older than the row it would correct', async () => {
    await send(PLAN, row(1, 3, 'U', 30));
    await send(PLAN, row(1, 2, 'U', 20));
    expect(await table(PLAN)).toEqual(['1 3 30']);
  });

  it('follow the order of arrival when no version is declared', async () => {
    const plan = feedPlan({ delete: { column: 'op', values: ['D'] } });
    await send(plan, row(1, 5, 'I'), row(2, 5, 'I'), row(1, 1, 'D'));
    expect(await table(plan)).toEqual(['2 5 10']);
    await send(plan, row(1, 0, 'I', 12));
    expect(await table(plan)).toEqual(['1 0 12', '2 5 10']);
    const tombstones = { bucket: LAKE, tableRoot: 'tables/trips/tombstones' };
    expect(await readSnapshot(lake.store, tombstones)).toBeUndefined();
  });

  it('need nothing but their key, event time, version and mark', async () => {
    const plan: PipelinePlan = {
      ...PLAN,
      expectations: [
        { name: 'not_null(minutes)', kind: 'not_null', column: 'minutes', onFail: 'quarantine' },
        { name: 'not_null(line)', kind: 'not_null', column: 'line', onFail: 'quarantine' },
        { name: 'between(version)', kind: 'between', column: 'version', max: 8, onFail: 'quarantine' },
      ],
      quarantine: { maxPercent: 100 },
    };
    await send(plan, row(1, 1, 'I'), row(2, 1, 'I'), row(3, 1, 'I'));
    const { validated } = await send(
      plan,
      '1,,2024-01-01T00:00:00Z,,2,D,',
      '2,,2024-01-01T00:00:00Z,,9,D,',
      '3,,2024-01-01T00:00:00Z,,2,U,',
    );
    expect(validated).toMatchObject({ rows: 3, quarantinedRows: 2 });
    expect(await table(plan)).toEqual(['2 1 10', '3 1 10']);
  });

  it('are seen by a batch that read the table before they were committed', async () => {
    const inner = createMemoryObjectStore();
    const plain = await openLake(inner);
    const batchOf = async (line: string) => {
      const batch = await plain.land(PLAN, [[HEADER, line, ''].join('\n')]);
      return { batch, accepted: (await plain.validate(batch)).accepted! };
    };
    const first = await batchOf(row(2, 1, 'I'));
    await plain.transform(first.batch, first.accepted);
    const [late, deleting] = [await batchOf(row(1, 4, 'U')), await batchOf(row(1, 5, 'D'))];
    // The late row's merge has read everything when the delete, of a row that is not there, comes in between.
    const slow = await openLake(
      beforeCommit(inner, 'tables/trips/clean/_delta_log/', async () => {
        await plain.transform(deleting.batch, deleting.accepted);
      }),
    );
    await slow.transform(late.batch, late.accepted);
    const rows = await plain.tableRows(PLAN, 'clean', 'id');
    expect(rows).toEqual([{ id: 2 }]);
    await slow.close();
    await plain.close();
  });
});

/** Lets something happen just before the first commit under `prefix`. */
function beforeCommit(store: ObjectStore, prefix: string, happens: () => Promise<void>): ObjectStore {
  let isFirst = true;
  return {
    ...store,
    createIfAbsent: async (location, body) => {
      if (isFirst && location.key.startsWith(prefix)) {
        isFirst = false;
        await happens();
      }
      return store.createIfAbsent(location, body);
    },
  };
}
