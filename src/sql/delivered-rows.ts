import type { ColumnPlan, CsvDialect, PipelinePlan } from '../domain/plan';
import { NEVER_NULL } from './load-csv';
import { jsonPath } from './load-json';
import { typedField } from './load-parquet';
import { columnIndex } from './plan-columns';
import { identifier, text } from './quote';
import { cellKind } from './source-cells';
import { cellName, LINE, OBJECT } from './staging-names';

/** A query over delivered files by their URIs, as anybody can run it: rows like those of `raw`. */
export function deliveredRows(
  plan: PipelinePlan,
  header: readonly string[],
  uris: readonly string[],
  columns: readonly ColumnPlan[],
): string {
  const list = `[${uris.map(text).join(', ')}]`;
  const select = (line: string, value: (column: ColumnPlan) => string, files: string): string => {
    const cells = columns.map((column) => `${value(column)} AS ${cellName(columnIndex(plan, column.name))}`);
    return `SELECT ${OBJECT}, ${line} AS ${LINE}, ${cells.join(', ')}
  FROM ${files}
  JOIN sources ON source_uri = filename`;
  };
  switch (cellKind(plan.source)) {
    case 'text': {
      const first = plan.source.csv.header === false ? '' : ' + 1';
      const files = readCsv(plan.source.csv, header, list);
      return select(`row_number() OVER ()${first}`, ({ name }) => identifier(name), files);
    }
    case 'json':
      return select(
        'row_number() OVER ()',
        ({ name, path = name }) =>
          `nullif(CAST(json_extract(json, ${text(jsonPath(path))}) AS VARCHAR), 'null')`,
        `read_ndjson_objects(${list}, filename = true, ignore_errors = true)`,
      );
    case 'typed':
      return select(
        'file_row_number + 1',
        typedField,
        `read_parquet(${list}, filename = true, file_row_number = true, hive_partitioning = false)`,
      );
  }
}

function readCsv(dialect: CsvDialect, header: readonly string[], list: string): string {
  const { delimiter, quote, escape = quote } = dialect;
  const columns = header.map((name) => `${text(name)}: 'VARCHAR'`).join(', ');
  return `read_csv(${list}, filename = true, auto_detect = false,
    header = ${dialect.header !== false}, ignore_errors = true, delim = ${text(delimiter)}, quote = ${text(quote)}, escape = ${text(escape)}${encodingOption(dialect)}, nullstr = ${NEVER_NULL},
    columns = {${columns}})`;
}

/** The engine knows these without extensions; of UTF-16 the little-endian form. */
const ENCODINGS: Readonly<Partial<Record<NonNullable<CsvDialect['encoding']>, string>>> = {
  'latin-1': 'latin-1',
  'windows-1252': 'latin-1',
  'utf-16': 'utf-16',
  'utf-16le': 'utf-16',
};

function encodingOption({ encoding }: CsvDialect): string {
  const known = encoding && ENCODINGS[encoding];
  return known === undefined ? '' : `, encoding = ${text(known)}`;
}
