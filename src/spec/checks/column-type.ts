import type { ColumnType } from '../../domain/plan';
import type { ColumnSpec } from '../schema/column-schema';
import type { SpecView } from '../spec-view';

export function typeOf(column: ColumnSpec): ColumnType {
  return typeof column === 'string' ? column : column.type;
}

/** `undefined` for unknown and unreadable columns: nothing can be said about them. */
export function columnType(view: SpecView, name: string): ColumnType | undefined {
  const column = view.columns?.get(name);
  return column === undefined ? undefined : typeOf(column);
}
