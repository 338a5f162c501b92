import type { ColumnType } from '../../domain/plan';
import { expandExpectation } from '../expand-expectation';
import type { Finding, SpecPath } from '../finding';
import type { ExpectationSpec } from '../schema/expectation-schema';
import type { SpecView } from '../spec-view';
import { columnType } from './column-type';
import { unknownColumn } from './unknown-column';

/** Expectations speak of existing columns of a fitting type, each once. */
export function checkExpectations(view: SpecView): readonly Finding[] {
  return [
    ...view.expectations.flatMap((item, index) =>
      item ? checkOne(view, item, ['expectations', index]) : [],
    ),
    ...repeated(view),
  ];
}

function checkOne(view: SpecView, item: ExpectationSpec, path: SpecPath): readonly Finding[] {
  const list = (kind: 'not_null' | 'unique'): readonly Finding[] =>
    (item[kind] ?? []).flatMap((name, index) => unknownColumn(view, name, [...path, kind, index]));
  const single = (kind: 'between' | 'in_set' | 'matches'): readonly Finding[] =>
    unknownColumn(view, item[kind]?.column, [...path, kind, 'column']);
  return [
    ...list('not_null'),
    ...list('unique'),
    ...single('between'),
    ...single('in_set'),
    ...single('matches'),
    ...wrongColumnType(view, item.between?.column, ['integer', 'double'], [...path, 'between', 'column']),
    ...wrongColumnType(view, item.matches?.column, ['string'], [...path, 'matches', 'column']),
    ...(item.row_count && item.onFail === 'quarantine' ? [rowCountCannotQuarantine(path)] : []),
  ];
}

function wrongColumnType(
  view: SpecView,
  name: string | undefined,
  allowed: readonly ColumnType[],
  path: SpecPath,
): readonly Finding[] {
  const type = name === undefined ? undefined : columnType(view, name);
  if (type === undefined || allowed.includes(type)) return [];
  const expected = `a column of type ${allowed.join(' or ')}`;
  return [
    {
      path,
      at: 'value',
      message: `${String(path.at(-2))} cannot check a ${type} column`,
      expected,
      got: `"${String(name)}" of type ${type}`,
    },
  ];
}

function rowCountCannotQuarantine(path: SpecPath): Finding {
  return {
    path: [...path, 'onFail'],
    at: 'value',
    message: 'row_count judges the whole batch: there is no single row to set aside',
    expected: 'block or warn',
    got: 'quarantine',
    suggestion: 'block',
  };
}

function repeated(view: SpecView): readonly Finding[] {
  const seen = new Set<string>();
  return view.expectations.flatMap((item, index) =>
    (item ? expandExpectation(item) : []).flatMap(({ name }): readonly Finding[] => {
      if (!seen.has(name)) {
        seen.add(name);
        return [];
      }
      return [{ path: ['expectations', index], at: 'value', message: `expectation ${name} is there twice` }];
    }),
  );
}
