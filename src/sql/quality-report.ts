import type { PipelinePlan } from '../domain/plan';
import { columnIndex } from './plan-columns';
import { identifier, indent, text } from './quote';
import { numberedRules, type RuleSet } from './rule-types';
import { cellText } from './source-cells';
import { BROKEN, LINE, OBJECT } from './staging-names';

export const SAMPLE_ROWS = 20;

/** Rows `{rule, count, sample}`: violations per rule number, with the first places and what stands there. */
export function ruleCountsSql(plan: PipelinePlan, rules: RuleSet): string {
  const values = numberedRules(rules).map(
    ({ columns }, index) => `WHEN ${index} THEN concat_ws(', ', ${cells(plan, columns)})`,
  );
  return `WITH counted AS (
  SELECT rule, count(*) AS count, min({'object': ${OBJECT}, 'line': ${LINE}}, ${SAMPLE_ROWS}) AS places
  FROM violations GROUP BY rule
), sampled AS (
  SELECT rule, count, unnest(places) AS place FROM counted
)
SELECT rule, any_value(count) AS count, list({
    'object': place.object, 'line': place.line, 'value': CASE rule ${values.join(' ')} END
  } ORDER BY place) AS sample
FROM sampled JOIN raw ON ${OBJECT} = place.object AND ${LINE} = place.line
GROUP BY rule ORDER BY rule`;
}

function cells(plan: PipelinePlan, columns: readonly string[]): string {
  return columns.map((name) => cellText(plan, columnIndex(plan, name))).join(', ');
}

/** One row: rows read, structural faults, rejected rows. */
export const TOTALS_SQL = `SELECT
  (SELECT count(*) FROM parsed) AS sound,
  (SELECT count(*) FROM structural) AS structural,
  (SELECT count(*) FROM rejected) AS rejected,
  (SELECT min({'object': ${OBJECT}, 'line': ${LINE}, 'value': left(raw, 200)}, ${SAMPLE_ROWS}) FROM structural)
    AS "structuralSample"`;

/** Rows `{column, nulls}`, in the plan's order: NULLs, but for those of values that are not of the column's type. */
export function nullCountsSql(plan: PipelinePlan, { rowRules }: RuleSet): string {
  const nulls = plan.columns.map(({ name }, index) => `count(*) - count(${identifier(name)}) AS n${index}`);
  const misread = plan.columns.map(({ name }, index) => {
    const type = rowRules.findIndex(({ kind, columns }) => kind === 'type' && columns[0] === name);
    return `count(*) FILTER (WHERE ${identifier(name)} IS NULL AND list_contains(${BROKEN}, ${type})) AS m${index}`;
  });
  const counts = plan.columns.map(
    ({ name }, index) => `{'column': ${text(name)}, 'nulls': n${index} - m${index}}`,
  );
  return `SELECT unnest([\n  ${indent(counts)}\n], recursive := true)
FROM (SELECT ${nulls.join(', ')} FROM parsed),
  (SELECT ${misread.join(', ')} FROM parsed WHERE ${BROKEN} IS NOT NULL)`;
}
