import type { CsvDialect, PipelinePlan } from '../domain/plan';
import { identifier, text } from './quote';
import type { StagedObject } from './staged-object';
import { cellName, LINE, OBJECT, QUICK } from './staging-names';

/** Two more than a record can have after scanning; DuckDB would drop longer lines. */
export const MAX_LINE_BYTES = 4_000_000;

/** The rows of one scanned file, out of all or some of what the scanner made of it; nothing is interpreted yet. The scanner marks lines by a sign: see scan-csv.ts. */
export function csvRows(
  plan: PipelinePlan,
  staged: Pick<StagedObject, 'object' | 'header'>,
  paths: readonly string[],
): string {
  const cells = plan.columns.map(({ name }, index) => `${identifier(name)} AS ${cellName(index)}`).join(', ');
  const columns = [`${text('$line')}: 'BIGINT'`, ...staged.header.map((name) => `${text(name)}: 'VARCHAR'`)];
  return `SELECT ${staged.object} AS ${OBJECT}, ${lineNumber(plan, `abs(${LINE})`)} AS ${LINE}, ${LINE} < 0 AS ${QUICK}, ${cells}
FROM read_csv(${paths.length === 1 ? text(paths[0] ?? '') : `[${paths.map(text).join(', ')}]`},
  auto_detect = false, header = false, strict_mode = true, max_line_size = ${MAX_LINE_BYTES},
  ${dialectOptions(plan.source.csv)}, new_line = '\\n', nullstr = ${NEVER_NULL},
  columns = {${columns.join(', ')}})`;
}

/** A header line that a file lacks is put before it, so that all files are read alike; it does not count. */
export function lineNumber({ source }: PipelinePlan, line: string): string {
  return source.csv.header === false ? `${line} - 1` : line;
}

/** Null values are told apart later, where the raw text is still known: no cell reads like this. */
export const NEVER_NULL = `chr(1) || 'no cell reads like this' || chr(2)`;

export function dialectOptions({ delimiter, quote }: CsvDialect): string {
  return `delim = ${text(delimiter)}, quote = ${text(quote)}, escape = ${text(quote)}`;
}

/** Text that cannot end a comment in SQL. */
export function comment(name: string): string {
  return name.replaceAll('*/', '');
}
