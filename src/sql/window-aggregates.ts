import type { AggregateWindowPlan } from '../domain/plan';
import { exactSumParts, exactSumTotals, exactSumValue } from './exact-sum';
import { dayMoments, stddevOfMoments } from './moments';
import { identifier } from './quote';
import { inputColumn } from './stored-names';

/**
 * Exactly what each aggregate needs to go on over days. NaN and infinity are no values.
 *
 * @param order SQL of a value by which rows of one key are in a total order of time
 */
export function dailyAggregates(window: AggregateWindowPlan, order: string): readonly string[] {
  const input = identifier(inputColumn(window));
  const present = `FILTER (WHERE isfinite(${input}))`;
  const count = `count(${input}) ${present} AS ${part(window, 'count')}`;
  switch (window.aggregate) {
    case 'count':
      return [count];
    case 'sum':
    case 'mean':
      return [count, ...exactSumParts(input, (name) => part(window, name))];
    case 'min':
    case 'max':
      return [`${window.aggregate}(${input}) ${present} AS ${part(window, window.aggregate)}`];
    case 'stddev':
      return [`${dayMoments(input)} AS ${part(window, 'moments')}`];
    case 'last':
      return [
        `arg_max(${input}, ${order}) ${present} AS ${part(window, 'last')}`,
        `max(${order}) ${present} AS ${part(window, 'at')}`,
      ];
  }
}

/** The daily aggregates of several days taken together; `over` says of which days ('' = of all in the group). */
export function windowTotals(window: AggregateWindowPlan, over = ''): readonly string[] {
  const total = (call: string, name: string): string =>
    `${`${call} ${over}`.trim()} AS ${part(window, name)}`;
  const count = total(`sum(${part(window, 'count')})`, 'count');
  switch (window.aggregate) {
    case 'count':
      return [count];
    case 'sum':
    case 'mean':
      return [count, ...exactSumTotals((name) => part(window, name), over)];
    case 'min':
    case 'max':
      return [total(`${window.aggregate}(${part(window, window.aggregate)})`, window.aggregate)];
    case 'stddev': {
      const moments = part(window, 'moments');
      return [total(`list(${moments}) FILTER (WHERE ${moments}.n IS NOT NULL)`, 'moments')];
    }
    case 'last':
      return [total(`arg_max(${part(window, 'last')}, ${part(window, 'at')})`, 'last')];
  }
}

/** The window's value out of its totals. Without any input: 0 for `count`, else NULL. */
export function windowValue(window: AggregateWindowPlan): string {
  const count = part(window, 'count');
  const sum = exactSumValue((name) => part(window, name));
  switch (window.aggregate) {
    case 'count':
      return `CAST(coalesce(${count}, 0) AS DOUBLE)`;
    case 'sum':
      return `CASE WHEN ${count} > 0 THEN ${sum} END`;
    case 'mean':
      return `CASE WHEN ${count} > 0 THEN (${sum}) / CAST(${count} AS DOUBLE) END`;
    case 'min':
    case 'max':
    case 'last':
      return part(window, window.aggregate);
    case 'stddev':
      return stddevOfMoments(part(window, 'moments'));
  }
}

function part(window: AggregateWindowPlan, name: string): string {
  return identifier(`${window.name}$${name}`);
}
