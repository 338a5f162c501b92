import type { PipelinePlan } from '../domain/plan';
import { NEVER_NULL } from './load-csv';
import { indent, text } from './quote';
import type { StagedObject } from './staged-object';
import { cellName, LINE, OBJECT } from './staging-names';

/** Between a line's number and its text. JSON never holds it: inside strings control characters are escaped. */
export const LINE_SEPARATOR = '\u001f';

/** Two more than a scanned line can have. */
const MAX_LINE_BYTES = 4_000_000;

/** The documents of one file: each cell the JSON text at the column's path, null as NULL. */
export function jsonRows(plan: PipelinePlan, staged: StagedObject): string {
  const paths = plan.columns.map((column) => text(jsonPath(column.path ?? column.name)));
  const cells = plan.columns.map(
    (_column, index) => `nullif(CAST(cells[${index + 1}] AS VARCHAR), 'null') AS ${cellName(index)}`,
  );
  return `SELECT ${staged.object} AS ${OBJECT}, ${LINE},
  ${indent(cells)}
FROM (
  SELECT ${LINE}, CASE WHEN fault IS NULL THEN json_extract(document, [${paths.join(', ')}]) END AS cells
  FROM ${documents(staged)}
  WHERE fault IS NULL
)`;
}

/** Appends the lines of one file that are no JSON objects to `structural`. */
export function loadJsonFaultsSql(staged: StagedObject): string {
  return `INSERT INTO structural
SELECT ${staged.object}, ${LINE}, document, fault
FROM ${documents(staged)}
WHERE fault IS NOT NULL`;
}

/** A relation of `"$line"` and `document`, the text of that line. */
export function readLines({ path }: StagedObject): string {
  return `read_csv(${text(path)},
    auto_detect = false, header = false, delim = ${text(LINE_SEPARATOR)}, quote = '', escape = '', new_line = '\\n',
    nullstr = ${NEVER_NULL}, max_line_size = ${MAX_LINE_BYTES},
    columns = {'$line': 'BIGINT', 'document': 'VARCHAR'})`;
}

/** A key that stands twice has two values; which one counts, every reader decides for itself. */
const FAULT = `CASE WHEN NOT json_valid(document) THEN 'not valid JSON'
    WHEN json_type(document) <> 'OBJECT' THEN 'not a JSON object'
    WHEN len(json_keys(document)) <> len(list_distinct(json_keys(document))) THEN 'a key stands twice' END`;

function documents(staged: StagedObject): string {
  return `(SELECT *, ${FAULT} AS fault FROM ${readLines(staged)})`;
}

/** `user.id` → `$."user"."id"`; names have no quotes and no dots. */
export function jsonPath(path: string): string {
  return `$${path
    .split('.')
    .map((name) => `."${name}"`)
    .join('')}`;
}
