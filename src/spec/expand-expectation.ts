import type { Expectation, OnFail } from '../domain/plan';
import type { Requirement } from '../domain/requirement';
import type { ExpectationSpec } from './schema/expectation-schema';

/** One item of the file → one expectation per thing that can fail on its own. */
export function expandExpectation(item: ExpectationSpec): readonly Expectation[] {
  const onFail: OnFail = item.onFail ?? 'quarantine';
  const { not_null, unique, between, in_set, matches, row_count } = item;
  const expanded: Expectation[] = (not_null ?? []).map((column) => ({
    kind: 'not_null',
    name: `not_null(${column})`,
    onFail,
    column,
  }));
  if (unique) {
    expanded.push({ kind: 'unique', name: `unique(${unique.join(', ')})`, onFail, columns: unique });
  }
  if (between) {
    const { column } = between;
    expanded.push({ kind: 'between', name: `between(${column})`, onFail, column, ...bounds(between) });
  }
  if (in_set) expanded.push({ kind: 'in_set', name: `in_set(${in_set.column})`, onFail, ...in_set });
  if (matches) expanded.push({ kind: 'matches', name: `matches(${matches.column})`, onFail, ...matches });
  if (row_count) {
    expanded.push({
      kind: 'row_count',
      name: 'row_count',
      onFail: item.onFail ?? 'block',
      requirement: rowCountRequirement(row_count),
    });
  }
  return expanded;
}

interface Bounds {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

function rowCountRequirement({ min, max }: Bounds): Requirement {
  if (min !== undefined && max !== undefined) return { operator: 'mustBeBetween', value: [min, max] };
  return min === undefined
    ? { operator: 'mustBeLessOrEqualTo', value: [max ?? 0] }
    : { operator: 'mustBeGreaterOrEqualTo', value: [min] };
}

function bounds({ min, max }: Bounds): { readonly min?: number; readonly max?: number } {
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}
