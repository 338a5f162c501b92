import { MEASURE_KINDS } from '../../domain/plan';
import { OPERATORS } from '../../domain/requirement';
import { expandExpectation, requirementOf } from '../expand-expectation';
import type { Finding } from '../finding';
import { pathOf, type LocatedExpectation } from '../located-expectation';
import { EXPECTATION_KINDS, type ExpectationKind } from '../schema/expectation-schema';
import type { SpecView } from '../spec-view';
import { checkExpectationColumns } from './check-expectation-columns';

/** Expectations speak of existing columns of a fitting type, compare what can be compared, and stand there once. */
export function checkExpectations(view: SpecView): readonly Finding[] {
  const items = view.expectations.filter((item) => item !== undefined);
  return [
    ...items.flatMap((located) => [
      ...checkExpectationColumns(view, located),
      ...checkComparison(located),
      ...checkUnit(located),
      ...checkOnFail(located),
    ]),
    ...repeated(items),
  ];
}

const MEASURES: ReadonlySet<ExpectationKind> = new Set(MEASURE_KINDS);

function kindOf({ item }: LocatedExpectation): ExpectationKind {
  return EXPECTATION_KINDS.find((kind) => item[kind] !== undefined) ?? 'sql';
}

/** A number about the batch has to be something, said once. */
function checkComparison(located: LocatedExpectation): readonly Finding[] {
  const { item } = located;
  const kind = kindOf(located);
  const operator = requirementOf(item)?.operator;
  if (kind === 'row_count') {
    const { min, max } = item.row_count ?? {};
    const hasBounds = min !== undefined || max !== undefined;
    if (hasBounds !== (operator !== undefined)) return [];
    const got = hasBounds ? 'both' : '{}';
    const comparison = 'a comparison such as mustBeGreaterThan';
    const expected = located.isVerbatim ? `\`min\`, \`max\` or both, or ${comparison}` : comparison;
    return [
      { path: pathOf(located, kind), at: 'value', message: 'a number of rows needs bounds', expected, got },
    ];
  }
  if (!MEASURES.has(kind) || kind === 'drift' || operator !== undefined) return [];
  return [
    {
      path: pathOf(located, kind),
      at: 'key',
      message: `${kind} is a number: say what it must be`,
      expected: `one of ${OPERATORS.join(', ')}`,
      got: 'nothing',
    },
  ];
}

function checkUnit(located: LocatedExpectation): readonly Finding[] {
  const { unit } = located.item;
  const kind = kindOf(located);
  const valid = unitsOf(kind);
  if (unit === undefined || valid.includes(unit)) return [];
  return [
    {
      path: pathOf(located, 'unit'),
      at: 'value',
      message: `${kind} is not measured in ${unit}`,
      expected: valid.length === 0 ? 'no unit' : valid.join(' or '),
      got: unit,
    },
  ];
}

function unitsOf(kind: ExpectationKind): readonly string[] {
  if (kind === 'freshness') return ['minutes', 'hours', 'days'];
  if (kind === 'row_count') return ['rows'];
  return MEASURES.has(kind) ? [] : ['rows', 'percent'];
}

function checkOnFail(located: LocatedExpectation): readonly Finding[] {
  const kind = kindOf(located);
  if (located.item.onFail !== 'quarantine' || !MEASURES.has(kind)) return [];
  return [
    {
      path: pathOf(located, 'onFail'),
      at: 'value',
      message: `${kind} judges the whole batch: there is no single row to set aside`,
      expected: 'block or warn',
      got: 'quarantine',
      suggestion: 'block',
    },
  ];
}

function repeated(items: readonly LocatedExpectation[]): readonly Finding[] {
  const seen = new Set<string>();
  return items.flatMap((located) =>
    expandExpectation(located.item).flatMap(({ name }): readonly Finding[] => {
      if (!seen.has(name)) {
        seen.add(name);
        return [];
      }
      const message = `expectation ${name} is there twice`;
      return [{ path: located.path, at: 'value', message, expected: 'a `name` of its own for one of them' }];
    }),
  );
}
