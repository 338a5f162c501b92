import type { ColumnPlan, ColumnType } from '../domain/plan';
import { PermanentFailure } from '../ports/failures';

/**
 * A JSON value for a source column as the text that a file would hold, or null. Whether the text fits the column is
 * decided where files are read too, in SQL (`parsedCell`).
 *
 * @param nullValues texts that mean "no value" in the pipeline's files
 * @throws PermanentFailure InvalidInput for lists and objects
 */
export function sourceText(
  column: ColumnPlan,
  value: unknown,
  nullValues: readonly string[],
  instance: number,
): string | null {
  if (value === null || value === undefined) return null;
  const text = isScalar(value) ? String(value) : undefined;
  // A NUL would end the statement early.
  if (text === undefined || text.includes('\0')) throw wrongSourceValue(column, value, instance);
  return nullValues.includes(text) ? null : text;
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

export function wrongSourceValue(column: ColumnPlan, value: unknown, instance: number): PermanentFailure {
  const expected =
    EXPECTED[column.type] + (column.format === undefined ? '' : ` or in the form ${column.format}`);
  return new PermanentFailure(
    'InvalidInput',
    `Wrong value for a source column: expected ${expected}, got ${JSON.stringify(value).slice(0, 100)}`,
    { column: column.name, instance },
  );
}

const EXPECTED: Readonly<Record<ColumnType, string>> = {
  string: 'a string',
  integer: 'a whole number',
  double: 'a number',
  decimal: 'a decimal number that fits the precision and scale of the column',
  boolean: 'true or false',
  date: 'an existing date such as 2013-01-31',
  timestamp: 'an existing time such as 2013-01-31T05:00:00Z',
};
