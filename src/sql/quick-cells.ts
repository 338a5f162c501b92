import type { ColumnPlan, PipelinePlan } from '../domain/plan';
import { hasOffset } from './parse-cell';
import { text } from './quote';

/**
 * Of cells that are made of these characters alone the engine's own reading is the strict one, so that no pattern has
 * to be matched against them. Neither words (`infinity`, `epoch`, hexadecimal digits) nor blanks can be written with
 * them, and a double has no `+`, because the engine reads `+-1`.
 */
export const QUICK_CHARACTERS = {
  integer: '0123456789+-',
  double: '0123456789-.eE',
  time: '0123456789+-.:/TZ',
} as const;
export type QuickForm = keyof typeof QUICK_CHARACTERS;

/** How cells of a CSV column can be read quickly; undefined = they have to be looked at closely. */
export function quickForm({ source }: PipelinePlan, column: ColumnPlan): QuickForm | undefined {
  const form = formOf(column, source.csv.decimal);
  if (form === undefined) return undefined;
  const characters = new Set<string>(QUICK_CHARACTERS[form]);
  const isValue = (nullValue: string): boolean => Array.from(nullValue).every((one) => characters.has(one));
  // What is read as no value already needs no comparison; a number that means "no value" does.
  return source.csv.nullValues.some((value) => value !== '' && isValue(value)) ? undefined : form;
}

function formOf({ type, format, timezone }: ColumnPlan, decimalMark = '.'): QuickForm | undefined {
  if (type === 'integer') return 'integer';
  if (type === 'double') return decimalMark === '.' ? 'double' : undefined;
  return format !== undefined && timezone === undefined ? 'time' : undefined;
}

/** SQL: the value of a cell that has only characters of its column's form; the same as that of `cellValue`. */
export function quickValue({ type, format = '' }: ColumnPlan, form: QuickForm, cell: string): string {
  switch (form) {
    case 'integer':
      return `TRY_CAST(${cell} AS BIGINT)`;
    case 'double':
      return `CASE WHEN isfinite(TRY_CAST(${cell} AS DOUBLE)) THEN TRY_CAST(${cell} AS DOUBLE) END`;
    case 'time': {
      const parsed = `try_strptime(${cell}, ${text(format)})`;
      const utc = hasOffset(format) ? `${parsed} AT TIME ZONE 'UTC'` : parsed;
      return type === 'date' ? `CAST(${utc} AS DATE)` : utc;
    }
  }
}
