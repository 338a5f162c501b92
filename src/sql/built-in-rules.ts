import type { PipelinePlan } from '../domain/plan';
import { exactRules } from './exact-rules';
import { columnIndex, missing } from './plan-columns';
import { identifier } from './quote';
import type { RowRule } from './rule-types';
import { cellText } from './source-cells';
import { OBJECT, UPLOADED } from './staging-names';
import { typeRules } from './type-rules';

/** The checks that are always there, whatever the contract says. */
export function builtInRules(plan: PipelinePlan): readonly RowRule[] {
  return [...typeRules(plan), ...requiredRules(plan), futureRule(plan), ...exactRules(plan)];
}

/** A row without its key or its time has no place in the table. */
function requiredRules(plan: PipelinePlan): readonly RowRule[] {
  const covered = new Set(
    plan.expectations.flatMap((item) =>
      item.kind === 'not_null' && item.onFail !== 'warn' && !item.requirement ? [item.column] : [],
    ),
  );
  return [...new Set([...plan.key, plan.eventTime])]
    .filter((name) => !covered.has(name))
    .map((name) => ({
      name: `required(${name})`,
      kind: 'required',
      onFail: 'quarantine',
      columns: [name],
      message: 'no value in a column of the key or the event time',
      expected: 'a value in every column of the key and in the event time',
      violated: missing(plan, name),
    }));
}

/**
 * One row with a mistyped year would put the holdout, the last days of the table, out of reach for ever. The upload
 * is the measure, not the clock of whoever validates: the same object is always judged alike. Two days leave room for
 * time zones and for clocks that are wrong.
 */
function futureRule(plan: PipelinePlan): RowRule {
  const cell = cellText(plan, columnIndex(plan, plan.eventTime));
  const uploaded = `(SELECT list(${UPLOADED} ORDER BY ${OBJECT}) FROM sources)[${OBJECT} + 1]`;
  return {
    name: `future(${plan.eventTime})`,
    kind: 'future',
    onFail: 'quarantine',
    columns: [plan.eventTime],
    message: 'event time more than 2 days after the upload of its file',
    expected: 'event time at most 2 days after the upload of its file',
    ownMessage: `concat('event time ', ${cell}, ' is more than 2 days after ', strftime(${UPLOADED}, '%Y-%m-%dT%H:%M:%SZ'), ', when its file was uploaded')`,
    violated: `${identifier(plan.eventTime)} > ${uploaded} + INTERVAL 2 DAY AND year(${identifier(plan.eventTime)}) <= 9999`,
  };
}
