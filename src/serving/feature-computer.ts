import type { JsonValue } from '../domain/canonical-json';
import type { FeatureRecord, FeatureValue } from '../domain/feature-encoding';
import type { PipelinePlan } from '../domain/plan';
import type { QuerySession } from '../ports/query-engine';
import { createCoalescer } from './coalescer';
import { buildFeatureQuery, type FeatureQuery, type SourceRow } from './feature-query';
import type { ReadInstance } from './instance-reader';
import { wrongSourceValue } from './source-text';
import type { WindowLookup } from './window-lookups';

/** The engine plans a statement of this many rows in a few ms, so small requests never wait long for large ones. */
const MAX_ROWS_PER_QUERY = 500;

type ResultRow = Readonly<Record<string, JsonValue>>;

/** Computes the model's features from source fields, with the plan's SQL and the windows' latest values. */
export type FeatureComputer = (instances: readonly ReadInstance[]) => Promise<readonly FeatureRecord[]>;

export function createFeatureComputer(
  plan: PipelinePlan,
  session: Pick<QuerySession, 'rows'>,
  lookups: readonly WindowLookup[],
): FeatureComputer {
  const query = buildFeatureQuery(plan);
  const compute = createCoalescer<SourceRow, ResultRow>(
    (rows) => session.rows(query.sql(rows)),
    MAX_ROWS_PER_QUERY,
  );
  return async (instances) => {
    const records: FeatureRecord[] = [];
    for (let start = 0; start < instances.length; start += MAX_ROWS_PER_QUERY) {
      const chunk = instances.slice(start, start + MAX_ROWS_PER_QUERY);
      const results = await compute(chunk.map(({ source }) => source));
      chunk.forEach(({ source, given }, index) => {
        const result = results[index] ?? {};
        refuseBadValue(plan, result[query.badColumn], source, start + index);
        records.push(recordOf(plan, query, lookups, result, given));
      });
    }
    return records;
  };
}

function refuseBadValue(
  { columns }: PipelinePlan,
  bad: JsonValue | undefined,
  source: SourceRow,
  instance: number,
): void {
  const position = columns.findIndex(({ name }) => name === bad);
  const column = columns[position];
  if (column !== undefined) throw wrongSourceValue(column, source[position], instance);
}

function recordOf(
  plan: PipelinePlan,
  query: FeatureQuery,
  lookups: readonly WindowLookup[],
  result: ResultRow,
  given: FeatureRecord,
): FeatureRecord {
  const computed = plan.features.map(({ name }, position): [string, FeatureValue] => [
    name,
    result[query.featureColumn(position)] as FeatureValue,
  ]);
  const windows = lookups.map(({ name, over, valueOf }): [string, FeatureValue] => [
    name,
    valueOf(over.map((column) => (result[query.keyColumn(column)] as string | null | undefined) ?? null)),
  ]);
  return { ...Object.fromEntries([...computed, ...windows]), ...given };
}
