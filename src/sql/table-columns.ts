import type { ColumnPlan, PipelinePlan, TypeOfColumn } from '../domain/plan';
import { typeOfColumn } from './column-types';
import {
  EVENT_TIME_COLUMN,
  historyColumn,
  historyColumns,
  inputColumn,
  inputWindows,
  KNOWN_DAY_COLUMN,
  keyColumn,
  overColumn,
  overColumns,
  storedOver,
  storedName,
} from './stored-names';

export interface StoredColumn extends TypeOfColumn {
  readonly name: string;
}

/** Columns of the clean table's files: the source's, cleaned and typed. */
export function cleanColumns(plan: PipelinePlan): readonly StoredColumn[] {
  return plan.columns.map((column) => ({ name: storedName(column.name), ...typeOfColumn(column) }));
}

/** Columns that a remembered delete needs: which row, in which partition, and which version of it. */
export function tombstonePlans({ columns, key, eventTime, newest }: PipelinePlan): readonly ColumnPlan[] {
  const names = new Set([...key, eventTime, newest]);
  return columns.filter(({ name }) => names.has(name));
}

/** Columns of the tombstones' files. */
export function tombstoneColumns(plan: PipelinePlan): readonly StoredColumn[] {
  return tombstonePlans(plan).map((column) => ({
    name: storedName(column.name),
    ...typeOfColumn(column),
  }));
}

/**
 * Columns of the feature table's files: the row's key and time, the label, features, windows; then what went into the
 * windows, so that the values for online requests follow from this table alone.
 */
export function featureColumns(plan: PipelinePlan): readonly StoredColumn[] {
  return [
    ...plan.key.map((name) => ({ name: keyColumn(name), ...typeOf(plan, name) })),
    { name: EVENT_TIME_COLUMN, ...typeOf(plan, plan.eventTime) },
    { name: storedName(plan.label.name), type: 'double' },
    ...plan.features.map(({ name, kind }): StoredColumn => ({
      name: storedName(name),
      type: kind === 'numeric' ? 'double' : 'string',
    })),
    ...plan.windows.map(({ name }): StoredColumn => ({ name: storedName(name), type: 'double' })),
    ...overColumns(plan)
      .filter((name) => storedOver(plan, name) === overColumn(name))
      .map((name) => ({ name: overColumn(name), ...typeOf(plan, name) })),
    ...inputWindows(plan).map((window): StoredColumn => ({
      name: inputColumn(plan, window),
      type: 'double',
    })),
    ...historyColumns(plan).map((column) => ({ name: historyColumn(column.name), ...typeOfColumn(column) })),
    ...(plan.knownAt === undefined ? [] : [{ name: KNOWN_DAY_COLUMN, type: 'date' as const }]),
  ];
}

function typeOf(plan: PipelinePlan, name: string): TypeOfColumn {
  const column = plan.columns.find((candidate) => candidate.name === name);
  if (!column) throw new RangeError(`No such column [column=${name}, pipeline=${plan.pipeline}]`);
  return typeOfColumn(column);
}
