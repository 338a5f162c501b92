import type { PipelinePlan } from '../domain/plan';
import { bareColumn } from './bare-column';
import { isQueryWindow } from './query-windows';
import { identifier } from './quote';
import type { RowRule } from './rule-types';

/** 2^53: from here on two integers may be one double. */
const MOST = '9007199254740992';

/**
 * Features, labels and windows are doubles. An integer that has none of its own would silently become another one, so
 * its row has no place there. Of expressions only their author knows; a column that is used as it is can be watched.
 */
export function exactRules(plan: PipelinePlan): readonly RowRule[] {
  const names = new Set(sqlOfDoubles(plan).map(bareColumn));
  return plan.columns
    .filter(({ name, type }) => type === 'integer' && names.has(name.toLowerCase()))
    .map(({ name }) => ({
      name: `exact(${name})`,
      kind: 'exact',
      onFail: 'quarantine',
      columns: [name],
      message: 'an integer beyond 2^53: a feature, label or window would round it',
      expected: `an integer from -${MOST} to ${MOST}, which is exact as a double`,
      violated: `${identifier(name)} NOT BETWEEN -${MOST} AND ${MOST}`,
    }));
}

/** Counts only see whether there is a value. */
function sqlOfDoubles({ features, label, windows }: PipelinePlan): readonly string[] {
  const numeric = features.filter(({ kind }) => kind === 'numeric');
  const inputs = windows.filter((window) => !isQueryWindow(window) && window.aggregate !== 'count');
  return [label, ...numeric, ...inputs].map(({ sql }) => sql);
}
