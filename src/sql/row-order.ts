import type { PipelinePlan } from '../domain/plan';
import { identifier } from './quote';
import { EVENT_TIME_COLUMN, keyColumn } from './stored-names';

/** A value of `row_features` by which all rows are in one order: that of time, then of the key. */
export function rowOrder({ key }: Pick<PipelinePlan, 'key'>): string {
  const fields = [EVENT_TIME_COLUMN, ...key.map(keyColumn)];
  return `{${fields.map((name, index) => `'o${index}': ${identifier(name)}`).join(', ')}}`;
}
