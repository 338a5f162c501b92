import type { ColumnType } from '../../domain/plan';
import type { Finding, SpecPath } from '../finding';
import { pathOf, type LocatedExpectation } from '../located-expectation';
import type { ExpectationSpec } from '../schema/expectation-schema';
import type { SpecView } from '../spec-view';
import { columnType } from './column-type';
import { unknownColumn } from './unknown-column';

const NUMBERS: readonly ColumnType[] = ['integer', 'double', 'decimal'];
const TIMES: readonly ColumnType[] = ['date', 'timestamp'];

/** Kinds that look at one column, and which types they can look at; absent = all. */
const SINGLE_COLUMN = {
  not_missing: undefined,
  between: [...NUMBERS, ...TIMES],
  in_set: undefined,
  matches: ['string'],
  length: ['string'],
  multiple_of: NUMBERS,
  mean: NUMBERS,
  stddev: NUMBERS,
  sum: NUMBERS,
  quantile: NUMBERS,
  freshness: TIMES,
  drift: [...NUMBERS, 'string', 'boolean'],
} as const satisfies Partial<Record<keyof ExpectationSpec, readonly ColumnType[] | undefined>>;

/** The columns of an expectation exist and have a type that it can look at. */
export function checkExpectationColumns(view: SpecView, located: LocatedExpectation): readonly Finding[] {
  const { item } = located;
  const singles = (Object.keys(SINGLE_COLUMN) as (keyof typeof SINGLE_COLUMN)[]).flatMap((kind) => {
    const path = pathOf(located, kind, 'column');
    const name = item[kind]?.column;
    return [...unknownColumn(view, name, path), ...wrongType(view, kind, name, SINGLE_COLUMN[kind], path)];
  });
  return [
    ...singles,
    ...listed(view, located, item.not_null, 'not_null'),
    ...listed(view, located, item.unique, 'unique'),
    ...listed(view, located, item.references?.columns, 'references', 'columns'),
    ...checkReference(located),
    ...checkBounds(view, located),
    ...checkPair(view, located),
  ];
}

function listed(
  view: SpecView,
  located: LocatedExpectation,
  names: readonly string[] | undefined,
  ...parts: readonly string[]
): readonly Finding[] {
  return (names ?? []).flatMap((name, index) => unknownColumn(view, name, pathOf(located, ...parts, index)));
}

function wrongType(
  view: SpecView,
  kind: string,
  name: string | undefined,
  allowed: readonly ColumnType[] | undefined,
  path: SpecPath,
): readonly Finding[] {
  const type = name === undefined ? undefined : columnType(view, name);
  if (type === undefined || allowed === undefined || allowed.includes(type)) return [];
  return [
    {
      path,
      at: 'value',
      message: `${kind} cannot check a ${type} column`,
      expected: `a column of type ${allowed.join(' or ')}`,
      got: `"${String(name)}" of type ${type}`,
    },
  ];
}

function checkReference(located: LocatedExpectation): readonly Finding[] {
  const { references } = located.item;
  if (!references || references.columns.length === references.to.columns.length) return [];
  return [
    {
      path: pathOf(located, 'references', 'to', 'columns'),
      at: 'value',
      message: 'each column needs its counterpart in the other table',
      expected: `${references.columns.length} columns`,
      got: String(references.to.columns.length),
    },
  ];
}

/** Numbers bound numbers; times are bound by ISO 8601 text. */
function checkBounds(view: SpecView, located: LocatedExpectation): readonly Finding[] {
  const { between } = located.item;
  const type = between && columnType(view, between.column);
  if (!between || type === undefined) return [];
  const isTime = TIMES.includes(type);
  if (!isTime && !NUMBERS.includes(type)) return [];
  return (['min', 'max'] as const).flatMap((side): readonly Finding[] => {
    const bound = between[side];
    if (bound === undefined || (isTime ? isIsoTime(bound) : typeof bound === 'number')) return [];
    return [
      {
        path: pathOf(located, 'between', side),
        at: 'value',
        message: `a ${type} column has no such bound`,
        expected: isTime ? 'an ISO 8601 date or time in quotes, such as "2013-01-31"' : 'a number',
        got: JSON.stringify(bound),
      },
    ];
  });
}

function isIsoTime(bound: number | string): boolean {
  return typeof bound === 'string' && /^\d{4}-\d\d-\d\d/.test(bound) && !Number.isNaN(Date.parse(bound));
}

const FAMILIES: readonly (readonly ColumnType[])[] = [NUMBERS, TIMES, ['string'], ['boolean']];

function checkPair(view: SpecView, located: LocatedExpectation): readonly Finding[] {
  const { compare } = located.item;
  if (!compare) return [];
  const unknown = (['left', 'right'] as const).flatMap((side) =>
    unknownColumn(view, compare[side], pathOf(located, 'compare', side)),
  );
  const [left, right] = [columnType(view, compare.left), columnType(view, compare.right)];
  const family = FAMILIES.find((types) => left !== undefined && types.includes(left));
  if (unknown.length > 0 || !family || right === undefined || family.includes(right)) return unknown;
  return [
    {
      path: pathOf(located, 'compare', 'right'),
      at: 'value',
      message: `a ${String(left)} column cannot be compared with a ${right} column`,
      expected: `a column of type ${family.join(' or ')}`,
      got: `"${compare.right}" of type ${right}`,
    },
  ];
}
