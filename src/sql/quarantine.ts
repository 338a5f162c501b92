import type { ManifestEntry } from '../domain/artifact';
import type { CsvDialect, PipelinePlan } from '../domain/plan';
import { readLines } from './load-json';
import { PARQUET_OPTIONS } from './parquet';
import { indent, text } from './quote';
import { columnIndex } from './plan-columns';
import type { RuleSet } from './rule-types';
import { cellKind, cellText } from './source-cells';
import type { StagedObject } from './staged-object';
import { cellName, LINE, OBJECT } from './staging-names';
import { unreadableTableSql, type UnreadableFile } from './unreadable-files';

/** The batch that rows are rejected from. */
export interface QuarantinedFrom {
  readonly objects: readonly ManifestEntry[];
  readonly batchDigest: string;
  /** Workflow id of the run, which is the same for every attempt. */
  readonly run: string;
}

/** An untyped NULL would be a number to the engine. */
const NO_TEXT = 'NULL::VARCHAR';

/** `origins`: the header line of each object, and the batch that first rejected what a replay brings back of it. */
function originsTableSql(
  plan: PipelinePlan,
  objects: readonly ManifestEntry[],
  staged: readonly StagedObject[],
): string {
  const headers = new Map(staged.map(({ object, header }) => [object, header]));
  const rows = objects.map(({ firstBatch }, index) => {
    const header = headers.get(index);
    const record = header && header.length > 0 ? text(headerRecord(plan.source.csv, header)) : NO_TEXT;
    return `(${index}, ${record}, ${firstBatch === undefined ? NO_TEXT : text(firstBatch)})`;
  });
  return `CREATE OR REPLACE TABLE origins AS
SELECT * FROM (VALUES
  ${indent(rows)}
) AS origin(${OBJECT}, header, first_batch)`;
}

/** Every rejected row once, with all its reasons: `[{rule, column, value, message}]` as JSON text. */
export function copyQuarantineSql(
  plan: PipelinePlan,
  rules: RuleSet,
  staged: readonly StagedObject[],
  from: QuarantinedFrom,
  path: string,
): readonly string[] {
  return [
    originsTableSql(plan, from.objects, staged),
    copyReasonsSql([rejectedRows(plan, rules, staged), STRUCTURAL_ROWS], from, path),
  ];
}

/**
 * What is known of a batch with files that cannot be read: each such file once, as line 0, and the records that were
 * found to be none. Needs only `sources` and `structural`.
 */
export function copyUnreadableSql(
  plan: PipelinePlan,
  files: readonly UnreadableFile[],
  from: QuarantinedFrom,
  path: string,
): readonly string[] {
  return [
    originsTableSql(plan, from.objects, []),
    unreadableTableSql(files),
    copyReasonsSql([UNREADABLE_FILES, STRUCTURAL_ROWS], from, path),
  ];
}

function copyReasonsSql(
  parts: readonly string[],
  { batchDigest, run }: QuarantinedFrom,
  path: string,
): string {
  const batch = text(batchDigest);
  return `COPY (
  WITH reasons AS (
    ${parts.join('\n    UNION ALL\n    ')}
  )
  SELECT ${batch} AS batch, coalesce(first_batch, ${batch}) AS first_batch, ${text(run)} AS run,
    source_uri, version_id, ${LINE} AS line, header, raw, CAST(reasons AS VARCHAR) AS reasons
  FROM reasons JOIN sources USING (${OBJECT}) JOIN origins USING (${OBJECT})
  ORDER BY ${OBJECT}, ${LINE}
) TO ${text(path)} ${PARQUET_OPTIONS}`;
}

function rejectedRows(plan: PipelinePlan, rules: RuleSet, staged: readonly StagedObject[]): string {
  const cells = plan.columns.map((_column, index) => cellText(plan, index)).join(', ');
  return `SELECT ${OBJECT}, ${LINE}, any_value(${rawText(plan, staged)}) AS raw,
      to_json(list({
        'rule': rules.name, 'column': rules.columns, 'value': [${cells}][rules.cell + 1],
        'message': ${messageOf(rules)}
      } ORDER BY rule)) AS reasons
    FROM violations JOIN rules USING (rule) JOIN raw USING (${OBJECT}, ${LINE}) JOIN sources USING (${OBJECT})${joinDocuments(plan, staged)}
    WHERE rules.rejects
    GROUP BY ${OBJECT}, ${LINE}`;
}

const STRUCTURAL_ROWS = `SELECT ${OBJECT}, ${LINE}, raw,
      to_json([{'rule': 'structure', 'column': NULL::VARCHAR, 'value': NULL::VARCHAR, 'message': message}]) AS reasons
    FROM structural`;

const UNREADABLE_FILES = `SELECT ${OBJECT}, 0 AS ${LINE}, NULL::VARCHAR AS raw,
      to_json(list({'rule': 'file', 'column': NULL::VARCHAR, 'value': NULL::VARCHAR, 'message': message}
        ORDER BY message)) AS reasons
    FROM unreadable GROUP BY ${OBJECT}`;

function messageOf({ rowRules }: RuleSet): string {
  const own = rowRules.flatMap(({ ownMessage }, index) =>
    ownMessage === undefined ? [] : `WHEN ${index} THEN ${ownMessage}`,
  );
  return own.length === 0 ? 'rules.message' : `CASE rule ${own.join(' ')} ELSE rules.message END`;
}

/** The row so that it can be put back after a fix: as it stood in the file, or as JSON where files hold no text. */
function rawText(plan: PipelinePlan, staged: readonly StagedObject[]): string {
  switch (cellKind(plan.source)) {
    case 'text':
      return csvText(plan, staged);
    case 'json':
      return 'document';
    case 'typed':
      return typedText(plan);
  }
}

/** Documents are not kept in the engine: the few that are needed are read again. */
function joinDocuments({ source }: PipelinePlan, staged: readonly StagedObject[]): string {
  if (cellKind(source) !== 'json') return '';
  const lines = staged.map(
    (item) => `SELECT ${item.object} AS ${OBJECT}, ${LINE}, document FROM ${readLines(item)}`,
  );
  return `\n    JOIN (\n    ${lines.join('\n    UNION ALL\n    ')}\n    ) USING (${OBJECT}, ${LINE})`;
}

/** A JSON object of the plan's columns, by their own names. */
function typedText(plan: PipelinePlan): string {
  const fields = plan.columns.map(({ name }, index) => `${text(name)}: ${cellName(index)}`);
  return `CAST(to_json({${fields.join(', ')}}) AS VARCHAR)`;
}

/** A CSV record in the order of its own file's header. */
function csvText(plan: PipelinePlan, staged: readonly StagedObject[]): string {
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
  const { delimiter, quote, escape = quote } = plan.source.csv;
  const characters = [...new Set([delimiter, quote, escape])];
  const special = `[${characters.map(escapeClass).join('')}\\r\\n]`;
  const cells = header.map((name) => {
    const cell = cellName(columnIndex(plan, name));
    const escaped = escape === quote ? cell : `replace(${cell}, ${text(escape)}, ${text(escape + escape)})`;
    const quoted = `${text(quote)} || replace(${escaped}, ${text(quote)}, ${text(escape + quote)}) || ${text(quote)}`;
    return `CASE WHEN regexp_matches(${cell}, ${text(special)}) THEN ${quoted} ELSE ${cell} END`;
  });
  return `concat_ws(${text(delimiter)}, ${cells.join(', ')})`;
}

/** One character inside an RE2 character class. */
function escapeClass(character: string): string {
  return character === '\t' ? '\\t' : `\\${character}`;
}

/** Names of columns need no quotes: they are letters, digits and `_`. */
function headerRecord({ delimiter }: CsvDialect, names: readonly string[]): string {
  return names.join(delimiter);
}
