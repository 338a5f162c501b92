import { MODERATE_PSI, STRONG_PSI } from '../domain/drift';
import {
  STATISTICS,
  type Expectation,
  type MeasureExpectation,
  type OnFail,
  type ReferencePlan,
} from '../domain/plan';
import { OPERATORS, type Requirement } from '../domain/requirement';
import type { ExpectationSpec } from './schema/expectation-schema';

/** One item of the file → one expectation per thing that can fail on its own. */
export function expandExpectation(item: ExpectationSpec): readonly Expectation[] {
  return [...rowExpectations(item), ...measureExpectations(item)].map((expectation) => ({
    ...expectation,
    ...(item.name !== undefined && { name: item.name }),
    ...(item.description !== undefined && { description: item.description }),
    ...(item.severity !== undefined && { severity: item.severity }),
    ...(item.dimension !== undefined && { dimension: item.dimension }),
  }));
}

function rowExpectations(item: ExpectationSpec): readonly Expectation[] {
  const { not_null, not_missing, unique, between, in_set, matches, length, multiple_of } = item;
  const base = { onFail: onFailOf(item, 'quarantine'), ...toleranceOf(item) };
  const found: Expectation[] = (not_null ?? []).map((column) => ({
    kind: 'not_null',
    name: `not_null(${column})`,
    ...base,
    column,
  }));
  if (not_missing)
    found.push({ kind: 'not_missing', name: named('not_missing', not_missing), ...base, ...not_missing });
  if (unique) found.push({ kind: 'unique', name: `unique(${unique.join(', ')})`, ...base, columns: unique });
  if (between) found.push({ kind: 'between', name: named('between', between), ...base, ...given(between) });
  if (in_set) found.push({ kind: 'in_set', name: named('in_set', in_set), ...base, ...in_set });
  if (matches) found.push({ kind: 'matches', name: named('matches', matches), ...base, ...matches });
  if (length) found.push({ kind: 'length', name: named('length', length), ...base, ...given(length) });
  if (multiple_of) {
    found.push({ kind: 'multiple_of', name: named('multiple_of', multiple_of), ...base, ...multiple_of });
  }
  return [...found, ...relations(item, base)];
}

/** Checks that look at more than one column. */
function relations(
  { compare, references, sql }: ExpectationSpec,
  base: { readonly onFail: OnFail; readonly requirement?: Requirement },
): readonly Expectation[] {
  const found: Expectation[] = [];
  if (compare) {
    const { left, operator, right } = compare;
    found.push({ kind: 'compare', name: `compare(${left} ${operator} ${right})`, ...base, ...compare });
  }
  if (references) {
    const { columns, to } = references;
    const name = `references(${columns.join(', ')})`;
    found.push({ kind: 'references', name, ...base, columns, to: given(to) satisfies ReferencePlan });
  }
  if (sql !== undefined) found.push({ kind: 'sql', name: 'sql', ...base, query: sql.replace(/;\s*$/, '') });
  return found;
}

function named(kind: string, { column }: { readonly column: string }): string {
  return `${kind}(${column})`;
}

/** A number about the whole batch: there is no row to set aside. */
function measureExpectations(item: ExpectationSpec): readonly MeasureExpectation[] {
  const onFail = onFailOf(item, 'block');
  const requirement = requirementOf(item);
  if (item.row_count) {
    const { operator, value } = requirement ?? rowCountRequirement(item.row_count);
    return [{ kind: 'row_count', name: 'row_count', onFail, requirement: { operator, value } }];
  }
  if (item.drift) return driftExpectations(item.drift, onFail, requirement);
  if (!requirement) return [];
  if (item.freshness) {
    const { column } = item.freshness;
    const name = `freshness(${column})`;
    return [{ kind: 'freshness', name, onFail, requirement: { unit: 'days', ...requirement }, column }];
  }
  if (item.quantile) {
    const { column, q } = item.quantile;
    return [{ kind: 'quantile', name: `quantile(${column}, ${q})`, onFail, requirement, column, q }];
  }
  return STATISTICS.flatMap((kind) => {
    const column = kind === 'quantile' ? undefined : item[kind]?.column;
    return column === undefined ? [] : [{ kind, name: `${kind}(${column})`, onFail, requirement, column }];
  });
}

function driftExpectations(
  { column, bins }: { readonly column: string; readonly bins: number },
  onFail: OnFail,
  requirement: Requirement | undefined,
): readonly MeasureExpectation[] {
  const below = (limit: number): Requirement => ({ operator: 'mustBeLessThan', value: [limit] });
  const drift = { kind: 'drift', name: `drift(${column})`, column, bins } as const;
  if (requirement) return [{ ...drift, onFail, requirement }];
  return [
    { ...drift, name: `drift(${column}) warning`, onFail: 'warn', requirement: below(MODERATE_PSI) },
    { ...drift, onFail, requirement: below(STRONG_PSI) },
  ];
}

function onFailOf({ onFail, severity }: ExpectationSpec, otherwise: OnFail): OnFail {
  if (onFail !== undefined) return onFail;
  return severity === 'info' || severity === 'warning' ? 'warn' : otherwise;
}

/** "No row", however it is said, is what holds without saying. */
function toleranceOf(item: ExpectationSpec): { readonly requirement?: Requirement } {
  const requirement = requirementOf(item);
  if (!requirement) return {};
  const { operator, value } = requirement;
  return operator === 'mustBe' && value[0] === 0 ? {} : { requirement: { unit: 'rows', ...requirement } };
}

export function requirementOf(item: ExpectationSpec): Requirement | undefined {
  for (const operator of OPERATORS) {
    const value = item[operator];
    if (value === undefined) continue;
    const values = typeof value === 'number' ? [value] : value;
    return { operator, value: values, ...(item.unit !== undefined && { unit: item.unit }) };
  }
  return undefined;
}

interface Counts {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

function rowCountRequirement({ min, max }: Counts): Requirement {
  if (min !== undefined && max !== undefined) return { operator: 'mustBeBetween', value: [min, max] };
  return min === undefined
    ? { operator: 'mustBeLessOrEqualTo', value: [max ?? 0] }
    : { operator: 'mustBeGreaterOrEqualTo', value: [min] };
}

type Given<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

/** Without the keys whose value is `undefined`: a plan is plain JSON. */
function given<T extends object>(value: T): Given<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Given<T>;
}
