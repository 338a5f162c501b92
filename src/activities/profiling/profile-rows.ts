import { histogramGrid } from '../../domain/histogram';
import {
  histogramRange,
  kindOf,
  QUANTILES,
  type ColumnProfile,
  type NumberRange,
  type Profile,
  type ProfiledColumn,
  type Quantiles,
} from '../../domain/profile';
import type { QuerySession } from '../../ports/query-engine';
import {
  binCountsSql,
  columnTotalsSql,
  histogramOf,
  profileSampleSql,
  sampleFactsSql,
  valueCountsSql,
  type ProfileSource,
  type SampledGrid,
} from '../../sql/profile';

/** Up to here everything is exact; of more rows every n-th is looked at, so that time and memory stay small. */
const EXACT_ROWS = 100_000;
/** Of a column with more different values than can be listed only the most frequent are kept. */
const FREQUENT_VALUES = 10;
/** An answer of the engine has at most 10,000 rows, a histogram at most about 45. */
const COLUMNS_PER_QUERY = 100;

interface Totals {
  readonly nulls: number;
  readonly distinct: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
}

interface SampleFacts {
  readonly distinct: number;
  readonly quantiles: readonly number[] | null;
  readonly whole: boolean | null;
}

/** Profiles rows in one scan over all of them and some look-ups in a sample. Equal rows give an equal profile. */
export async function profileRows(
  session: QuerySession,
  columns: readonly ProfiledColumn[],
  source: ProfileSource,
  signal: AbortSignal,
): Promise<Profile> {
  const rows = await countRows(session, source.relation);
  const sampledEvery = Math.max(1, Math.ceil(rows / EXACT_ROWS));
  const isDistinctExact = sampledEvery === 1;
  await session.execute(profileSampleSql(columns, source, sampledEvery), signal);
  const totalsSql = columnTotalsSql(columns, source, !isDistinctExact);
  const totals = (await session.rows(totalsSql)) as unknown as readonly Totals[];
  const factsSql = sampleFactsSql(columns, isDistinctExact ? 'all' : 'texts');
  const facts = (await session.rows(factsSql)) as unknown as readonly SampleFacts[];
  const ranges = await numberRanges(session, columns, totals, facts);
  const profiles: ColumnProfile[] = [];
  for (const [index, column] of columns.entries()) {
    signal.throwIfAborted();
    const { nulls = 0, distinct: estimated = 0 } = totals[index] ?? {};
    const counted = facts[index]?.distinct ?? 0;
    const { name, type } = column;
    const common = { name, type, nulls, distinct: isDistinctExact ? counted : estimated, isDistinctExact };
    const kind = kindOf(type);
    if (kind === 'text') {
      profiles.push({ ...common, kind, ...(await frequentValues(session, index, counted)) });
    } else {
      const range = ranges.get(index);
      profiles.push({ ...common, kind, ...(range ? { range } : {}) });
    }
  }
  const sampleRows = sampledEvery === 1 ? rows : await countRows(session, 'profile_sample');
  await session.execute('DROP TABLE profile_sample', signal);
  return { formatVersion: 1, rows, sampledEvery, sampleRows, columns: profiles };
}

async function countRows(session: QuerySession, relation: string): Promise<number> {
  const [row] = await session.rows(`SELECT count(*) AS rows FROM ${relation}`);
  return Number(row?.['rows'] ?? 0);
}

async function frequentValues(
  session: QuerySession,
  index: number,
  distinct: number,
): Promise<{
  readonly values: readonly { readonly value: string; readonly count: number }[];
  readonly others: number;
}> {
  const listed = (await session.rows(valueCountsSql(index))) as unknown as readonly {
    readonly value: string;
    readonly count: number;
  }[];
  if (distinct <= listed.length) return { values: listed, others: 0 };
  const [present] = await session.rows(`SELECT count(c${index}) AS rows FROM profile_sample`);
  const values = listed.slice(0, FREQUENT_VALUES);
  const shown = values.reduce((sum, { count }) => sum + count, 0);
  return { values, others: Number(present?.['rows'] ?? 0) - shown };
}

/** Ranges of the number and time columns that have values, by their position. */
async function numberRanges(
  session: QuerySession,
  columns: readonly ProfiledColumn[],
  totals: readonly Totals[],
  facts: readonly SampleFacts[],
): Promise<ReadonlyMap<number, NumberRange>> {
  const found = columns.flatMap((_column, index) => {
    const { min, max, mean } = totals[index] ?? {};
    const list = facts[index]?.quantiles;
    if (typeof min !== 'number' || typeof max !== 'number' || !list || list.length === 0) return [];
    const quantiles = namedQuantiles(list);
    const { low, high } = histogramRange(min, max, quantiles);
    const grid = histogramGrid(low, high, facts[index]?.whole === true ? 'whole' : 'real');
    return [{ index, grid, min, max, mean: Number((mean ?? NaN).toPrecision(6)), quantiles }];
  });
  const counts = await binCounts(session, found);
  return new Map(
    found.map(({ index, grid, ...range }) => [
      index,
      { ...range, histogram: histogramOf(grid, counts.get(index) ?? new Map<number, number>()) },
    ]),
  );
}

function namedQuantiles(list: readonly number[]): Quantiles {
  const names = Object.keys(QUANTILES) as readonly (keyof Quantiles)[];
  return Object.fromEntries(names.map((name, index) => [name, list[index] ?? NaN])) as Quantiles;
}

async function binCounts(
  session: QuerySession,
  grids: readonly SampledGrid[],
): Promise<ReadonlyMap<number, ReadonlyMap<number, number>>> {
  const counts = new Map<number, Map<number, number>>();
  for (let first = 0; first < grids.length; first += COLUMNS_PER_QUERY) {
    const part = grids.slice(first, first + COLUMNS_PER_QUERY);
    for (const row of await session.rows(binCountsSql(part))) {
      const column = Number(row['column']);
      const bins = counts.get(column) ?? new Map<number, number>();
      counts.set(column, bins.set(Number(row['bin']), Number(row['count'])));
    }
  }
  return counts;
}
