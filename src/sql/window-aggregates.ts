import type { AggregateWindowPlan, PipelinePlan } from '../domain/plan';
import { bareColumn } from './bare-column';
import { exactSumParts, exactSumTotals, exactSumValue, type Summands } from './exact-sum';
import { dayMoments, stddevOfMoments } from './moments';
import { identifier } from './quote';
import { inputColumn } from './stored-names';

/** What windows are made of: the columns, and the windows that share theirs. */
type WindowSources = Pick<PipelinePlan, 'columns' | 'windows'>;

/**
 * Exactly what each aggregate needs to go on over days. NaN and infinity are no values. Windows of the same values have
 * the same aggregates, under the same names.
 *
 * @param order SQL of a value by which rows of one key are in a total order of time
 */
export function dailyAggregates(
  plan: WindowSources,
  window: AggregateWindowPlan,
  order: string,
): readonly string[] {
  const input = identifier(inputColumn(plan, window));
  const own = dailyPart(plan, window);
  const present = `FILTER (WHERE isfinite(${input}))`;
  const count = `count(${input}) ${present} AS ${own('count')}`;
  switch (window.aggregate) {
    case 'count':
      return [count];
    case 'sum':
    case 'mean':
      return [count, ...exactSumParts(input, own, summandsOf(plan, window))];
    case 'min':
    case 'max':
      return [`${window.aggregate}(${input}) ${present} AS ${own(window.aggregate)}`];
    case 'stddev':
      return [`${dayMoments(input)} AS ${own('moments')}`];
    case 'last':
      return [
        `arg_max(${input}, ${order}) ${present} AS ${own('last')}`,
        `max(${order}) ${present} AS ${own('at')}`,
      ];
  }
}

/** The daily aggregates of several days taken together; `over` says of which days ('' = of all in the group). */
export function windowTotals(plan: WindowSources, window: AggregateWindowPlan, over = ''): readonly string[] {
  const daily = dailyPart(plan, window);
  const total = (call: string, name: string): string =>
    `${`${call} ${over}`.trim()} AS ${part(window, name)}`;
  const count = total(`sum(${daily('count')})`, 'count');
  switch (window.aggregate) {
    case 'count':
      return [count];
    case 'sum':
    case 'mean':
      return [count, ...exactSumTotals(daily, (name) => part(window, name), over, summandsOf(plan, window))];
    case 'min':
    case 'max':
      return [total(`${window.aggregate}(${daily(window.aggregate)})`, window.aggregate)];
    case 'stddev': {
      const moments = daily('moments');
      return [total(`list(${moments}) FILTER (WHERE ${moments}.n IS NOT NULL)`, 'moments')];
    }
    case 'last':
      return [total(`arg_max(${daily('last')}, ${daily('at')})`, 'last')];
  }
}

/** The window's value out of its totals. Without any input: 0 for `count`, else NULL. */
export function windowValue(plan: WindowSources, window: AggregateWindowPlan): string {
  const count = part(window, 'count');
  const sum = exactSumValue((name) => part(window, name), summandsOf(plan, window));
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

/** An integer column has only whole values below 2^53: see exact-rules.ts. */
function summandsOf({ columns }: WindowSources, { sql }: AggregateWindowPlan): Summands {
  const name = bareColumn(sql);
  const column = columns.find((candidate) => candidate.name.toLowerCase() === name);
  return column?.type === 'integer' ? 'whole' : 'any';
}

function dailyPart(plan: WindowSources, window: AggregateWindowPlan): (name: string) => string {
  const input = inputColumn(plan, window);
  return (name) => identifier(`${input}$${name}`);
}

function part(window: AggregateWindowPlan, name: string): string {
  return identifier(`${window.name}$${name}`);
}
