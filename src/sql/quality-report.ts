import type { PipelinePlan } from '../domain/plan';
import { isMissing } from './parse-cell';
import { text } from './quote';
import { cellName, LINE, OBJECT } from './staging-names';

/** Rows `{rule, count, sample}`: violations per rule number, with the first five places. */
export const RULE_COUNTS_SQL = `SELECT rule, count(*) AS count,
  min({'object': ${OBJECT}, 'line': ${LINE}}, 5) AS sample
FROM violations GROUP BY rule ORDER BY rule`;

/** One row: rows read, structural faults, rejected rows. */
export const TOTALS_SQL = `SELECT
  (SELECT count(*) FROM raw) AS sound,
  (SELECT count(*) FROM structural) AS structural,
  (SELECT count(*) FROM rejected) AS rejected,
  (SELECT min({'object': ${OBJECT}, 'line': ${LINE}}, 5) FROM structural) AS "structuralSample"`;

/** Rows `{column, nulls}`, in the plan's order. */
export function nullCountsSql(plan: PipelinePlan): string {
  const counts = plan.columns.map((column, index) => {
    const missing = isMissing(cellName(index), plan.source.csv.nullValues);
    return `{'column': ${text(column.name)}, 'nulls': count(*) FILTER (WHERE ${missing})}`;
  });
  return `SELECT unnest([\n  ${counts.join(',\n  ')}\n], recursive := true) FROM raw`;
}
