import type { PipelinePlan } from '../domain/plan';
import type { StagedObject } from './load-csv';
import { PARQUET_OPTIONS } from './parquet';
import { text } from './quote';
import { columnIndex } from './plan-columns';
import type { RuleSet } from './rule-types';
import { cellName, LINE, OBJECT } from './staging-names';

/** Every rejected row once, with all its reasons: `[{rule, column, value, message}]` as JSON text. */
export function copyQuarantineSql(
  plan: PipelinePlan,
  rules: RuleSet,
  staged: readonly StagedObject[],
  path: string,
): string {
  const cells = plan.columns.map((_column, index) => cellName(index)).join(', ');
  return `COPY (
  WITH reasons AS (
    SELECT ${OBJECT}, ${LINE}, any_value(${rawText(plan, staged)}) AS raw,
      to_json(list({
        'rule': rules.name, 'column': rules.columns, 'value': [${cells}][rules.cell + 1],
        'message': ${messageOf(rules)}
      } ORDER BY rule)) AS reasons
    FROM violations JOIN rules USING (rule) JOIN raw USING (${OBJECT}, ${LINE}) JOIN sources USING (${OBJECT})
    WHERE rules.rejects
    GROUP BY ${OBJECT}, ${LINE}
    UNION ALL
    SELECT ${OBJECT}, ${LINE}, raw,
      to_json([{'rule': 'structure', 'column': NULL::VARCHAR, 'value': NULL::VARCHAR, 'message': message}])
    FROM structural
  )
  SELECT source_uri, version_id, ${LINE} AS line, raw, CAST(reasons AS VARCHAR) AS reasons
  FROM reasons JOIN sources USING (${OBJECT})
  ORDER BY ${OBJECT}, ${LINE}
) TO ${text(path)} ${PARQUET_OPTIONS}`;
}

function messageOf({ rowRules }: RuleSet): string {
  const own = rowRules.flatMap(({ ownMessage }, index) =>
    ownMessage === undefined ? [] : `WHEN ${index} THEN ${ownMessage}`,
  );
  return own.length === 0 ? 'rules.message' : `CASE rule ${own.join(' ')} ELSE rules.message END`;
}

/** The row as a CSV record in the order of its own file's header, so that it can be put back after a fix. */
function rawText(plan: PipelinePlan, staged: readonly StagedObject[]): string {
  const byHeader = new Map<string, StagedObject[]>();
  for (const item of staged) {
    const header = item.header.join('\n');
    byHeader.set(header, [...(byHeader.get(header) ?? []), item]);
  }
  const groups = [...byHeader.values()].map((items) => ({
    objects: items.map(({ object }) => object),
    record: csvRecord(plan, items[0]?.header ?? []),
  }));
  const [first] = groups;
  if (!first) return 'NULL::VARCHAR';
  if (groups.length === 1) return first.record;
  const branches = groups.map(
    ({ objects, record }) => `WHEN ${OBJECT} IN (${objects.join(', ')}) THEN ${record}`,
  );
  return `CASE ${branches.join(' ')} END`;
}

function csvRecord(plan: PipelinePlan, header: readonly string[]): string {
  const { delimiter, quote } = plan.source.csv;
  const special = `[${escapeClass(delimiter)}${escapeClass(quote)}\\r\\n]`;
  const cells = header.map((name) => {
    const cell = cellName(columnIndex(plan, name));
    const quoted = `${text(quote)} || replace(${cell}, ${text(quote)}, ${text(quote + quote)}) || ${text(quote)}`;
    return `CASE WHEN regexp_matches(${cell}, ${text(special)}) THEN ${quoted} ELSE ${cell} END`;
  });
  return `concat_ws(${text(delimiter)}, ${cells.join(', ')})`;
}

/** One character inside an RE2 character class. */
function escapeClass(character: string): string {
  return character === '\t' ? '\\t' : `\\${character}`;
}
