import { lakeLayout } from '../../domain/lake-layout';
import type { Finding } from '../finding';
import type { SpecView } from '../spec-view';
import { checkFormats } from './check-formats';
import { columnType, typeOf } from './column-type';
import { unknownColumn } from './unknown-column';

/** Source, columns, key and event time fit together. */
export function checkColumns(view: SpecView): readonly Finding[] {
  return [
    ...checkPrefix(view),
    ...checkPresence(view),
    ...checkFormats(view),
    ...checkKey(view),
    ...checkEventTime(view),
    ...checkNewest(view),
    ...(view.deleteColumn === undefined ? [] : unknownColumn(view, view.deleteColumn, ['delete', 'column'])),
  ];
}

/** Object events are routed to pipelines by this prefix. */
function checkPrefix({ pipeline, prefix }: SpecView): readonly Finding[] {
  if (pipeline === undefined || prefix === undefined) return [];
  const landing = lakeLayout.landingPrefix(pipeline);
  if (prefix.startsWith(landing)) return [];
  return [
    {
      path: ['source', 'prefix'],
      at: 'value',
      message: 'the prefix lies outside of the landing zone of this pipeline',
      expected: `${landing} or a folder below it`,
      got: `"${prefix}"`,
      suggestion: landing,
    },
  ];
}

function checkPresence({ columns }: SpecView): readonly Finding[] {
  if (columns?.size !== 0) return [];
  return [
    { path: ['columns'], at: 'value', message: 'no columns', expected: 'at least 1 column', got: 'none' },
  ];
}

function checkKey(view: SpecView): readonly Finding[] {
  return view.key.flatMap((name, index) => [
    ...unknownColumn(view, name, ['key', index]),
    ...(name !== undefined && view.key.indexOf(name) < index ? [repeatedKey(name, index)] : []),
  ]);
}

function repeatedKey(name: string, index: number): Finding {
  return { path: ['key', index], at: 'value', message: `"${name}" is in the key twice`, got: `"${name}"` };
}

function checkEventTime(view: SpecView): readonly Finding[] {
  if (view.eventTime === undefined) return [];
  const unknown = unknownColumn(view, view.eventTime, ['eventTime']);
  const type = columnType(view, view.eventTime);
  if (unknown.length > 0 || type === undefined || isTime(type)) return unknown;
  const candidates = [...(view.columns ?? [])].flatMap(([name, column]) =>
    column !== undefined && isTime(typeOf(column)) ? [name] : [],
  );
  return [
    {
      path: ['eventTime'],
      at: 'value',
      message: `"${view.eventTime}" cannot be the event time`,
      expected: 'a column of type date or timestamp',
      got: `a column of type ${type}`,
      ...(candidates.length === 1 && candidates[0] ? { suggestion: candidates[0] } : {}),
    },
  ];
}

/** Numbers with fractions and texts are ordered too, but seldom as their author thinks. */
function checkNewest(view: SpecView): readonly Finding[] {
  if (view.newest === undefined) return [];
  const unknown = unknownColumn(view, view.newest, ['newest']);
  const type = columnType(view, view.newest);
  if (unknown.length > 0 || type === undefined || type === 'integer' || isTime(type)) return unknown;
  return [
    {
      path: ['newest'],
      at: 'value',
      message: `"${view.newest}" cannot order the versions of a row`,
      expected: 'a column of type integer, date or timestamp',
      got: `a column of type ${type}`,
    },
  ];
}

function isTime(type: string): boolean {
  return type === 'date' || type === 'timestamp';
}
