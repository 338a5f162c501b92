import type { Finding, SpecPath } from '../finding';
import { WINDOW_AGGREGATES, type WindowSpec } from '../schema/feature-schema';
import { nearestName } from '../../domain/nearest-name';
import { bareIdentifier, isSqlWord, sqlIdentifiers } from '../sql-identifiers';
import type { SpecView } from '../spec-view';
import { columnType } from './column-type';
import { unknownColumn } from './unknown-column';

interface Expression {
  readonly sql: string;
  readonly path: SpecPath;
}

/** Label, features and windows speak of existing columns, and no feature gives the label away. */
export function checkFeatures(view: SpecView): readonly Finding[] {
  const label: Expression | undefined = view.label && { sql: view.label.sql, path: ['label', 'sql'] };
  const features = view.features.flatMap((item, index): readonly Expression[] => {
    if (item === undefined) return [];
    if (typeof item === 'string') return [{ sql: item, path: ['features', index] }];
    return [{ sql: item.sql, path: ['features', index, 'sql'] }];
  });
  const windows = view.windows.flatMap((item, index) => (item ? windowExpressions(item, index) : []));
  return [
    ...[...(label ? [label] : []), ...features, ...windows].flatMap((item) => misspelledColumns(view, item)),
    ...features.flatMap((item) => [...leaks(view, item), ...bareTime(view, item)]),
    ...checkWindows(view),
    ...checkRowWindows(view),
    ...checkQueryWindows(view),
  ];
}

function windowExpressions(item: WindowSpec, index: number): readonly Expression[] {
  return WINDOW_AGGREGATES.flatMap((name) => {
    const sql = item[name];
    return sql === undefined ? [] : [{ sql, path: ['windows', index, name] }];
  });
}

/** The last rows are found by their event time; which of them were known by then would need all rows of the key. */
function checkRowWindows({ windows, knownAt }: SpecView): readonly Finding[] {
  if (knownAt === undefined) return [];
  return windows.flatMap((item, index): readonly Finding[] =>
    item?.rows === undefined
      ? []
      : [
          {
            path: ['windows', index, 'rows'],
            at: 'key',
            message: 'a window of the last rows cannot be combined with `knownAt`',
            expected: 'a window of days',
            got: `rows: ${item.rows}`,
          },
        ],
  );
}

/** A query chooses its rows itself. */
function checkQueryWindows({ windows }: SpecView): readonly Finding[] {
  return windows.flatMap((item, index): readonly Finding[] =>
    item?.query === undefined || item.rows === undefined
      ? []
      : [
          {
            path: ['windows', index, 'rows'],
            at: 'key',
            message: '`rows` cannot be combined with `query`',
            expected: 'a query over the rows of `days` days',
            got: `rows: ${item.rows}`,
          },
        ],
  );
}

function checkWindows(view: SpecView): readonly Finding[] {
  return view.windows.flatMap((item, index) =>
    (item?.over ?? []).flatMap((name, position) =>
      unknownColumn(view, name, ['windows', index, 'over', position]),
    ),
  );
}

/**
 * Only names that are one slip away from a column are called wrong: without a full SQL parser the rest could be
 * anything, and the query engine judges it.
 */
function misspelledColumns(view: SpecView, { sql, path }: Expression): readonly Finding[] {
  const { columns } = view;
  if (!columns) return [];
  const bare = bareIdentifier(sql);
  if (bare !== undefined && !isSqlWord(bare)) return unknownColumn(view, bare, path);
  const known = new Set([...columns.keys()].map((name) => name.toLowerCase()));
  return sqlIdentifiers(sql)
    .filter((name) => name.length > 3 && !known.has(name.toLowerCase()) && !isSqlWord(name))
    .flatMap((name) => (nearestName(name, columns.keys()) ? unknownColumn(view, name, path) : []));
}

/** A label made of one column can be read off every feature made of that column. */
function leaks(view: SpecView, { sql, path }: Expression): readonly Finding[] {
  const sources = columnsOf(view, view.label?.sql ?? '');
  const [source] = sources;
  if (sources.length !== 1 || source === undefined || !columnsOf(view, sql).includes(source)) return [];
  return [
    {
      path,
      at: 'value',
      message: `this feature gives the label away: "${String(view.label?.name)}" is computed from "${source}"`,
      expected: 'only what is known before the label is',
      got: `"${source}"`,
    },
  ];
}

function columnsOf(view: SpecView, sql: string): readonly string[] {
  return sqlIdentifiers(sql).filter((name) => view.columns?.has(name));
}

function bareTime(view: SpecView, { sql, path }: Expression): readonly Finding[] {
  const name = bareIdentifier(sql);
  const type = name === undefined ? undefined : columnType(view, name);
  if (type !== 'date' && type !== 'timestamp') return [];
  return [
    {
      path,
      at: 'value',
      message: `a ${type} is neither a number nor a category`,
      expected: `a name with an expression, such as {name: weekday, sql: isodow(${String(name)})}`,
      got: `"${String(name)}"`,
    },
  ];
}
