import type { WindowPlan } from '../domain/plan';
import { rollingTablesSql, windowGroups } from './windows';

const window = (name: string, over: readonly string[], days: number): WindowPlan => ({
  name,
  over,
  days,
  aggregate: 'mean',
  sql: 'x',
});

describe('rolling windows', () => {
  it('share one table per list of keys', () => {
    const windows = [window('a', ['k'], 7), window('b', ['k', 'l'], 7), window('c', ['k'], 30)];
    expect(windowGroups({ windows }).map((group) => group.windows.map(({ name }) => name))).toEqual([
      ['a', 'c'],
      ['b'],
    ]);
  });

  it('end before the day of the row', () => {
    const sql = rollingTablesSql({ key: ['k'], windows: [window('a', ['k'], 7)] } as never, []).join('\n');
    expect(sql).toContain('RANGE BETWEEN 7 PRECEDING AND 1 PRECEDING');
  });

  it('are of one length per table where values become known later', () => {
    const windows = [window('a', ['k'], 7), window('b', ['k'], 30)];
    expect(windowGroups({ windows, knownAt: 'known' })).toHaveLength(2);
  });

  it('of the last rows have a table each, and none of days', () => {
    const recent = { ...window('a', ['k'], 7), rows: 3 };
    expect(windowGroups({ windows: [recent] })).toEqual([]);
    expect(rollingTablesSql({ key: ['k'], windows: [recent] } as never, []).join('\n')).toContain(
      'EXCLUDE GROUP',
    );
  });
});
