import type { WindowPlan } from '../domain/plan';
import { inputColumn, inputWindows } from './stored-names';
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
    const sql = rollingTablesSql(
      { columns: [], key: ['k'], windows: [window('a', ['k'], 7)] } as never,
      [],
    ).join('\n');
    expect(sql).toContain('RANGE BETWEEN 7 PRECEDING AND 1 PRECEDING');
  });

  it('of the same values read one column, and its sums of each day are made once', () => {
    const windows = [window('a', ['k'], 7), window('b', ['k'], 30), window('c', ['l'], 7)];
    const plan = { columns: [], key: ['k'], windows } as never;
    expect(windows.map((one) => inputColumn(plan, one))).toEqual(['_in_a', '_in_a', '_in_a']);
    const [daily] = rollingTablesSql(plan, []);
    expect(daily?.match(/count\(/g)).toHaveLength(1);
  });

  it('that count need a column apart from those that add up', () => {
    const count: WindowPlan = { ...window('b', ['k'], 7), aggregate: 'count' };
    expect(inputWindows({ windows: [window('a', ['k'], 7), count] })).toHaveLength(2);
  });

  it('are of one length per table where values become known later', () => {
    const windows = [window('a', ['k'], 7), window('b', ['k'], 30)];
    expect(windowGroups({ windows, knownAt: 'known' })).toHaveLength(2);
  });

  it('of the last rows have a table each, and none of days', () => {
    const recent = { ...window('a', ['k'], 7), rows: 3 };
    expect(windowGroups({ windows: [recent] })).toEqual([]);
    expect(
      rollingTablesSql({ columns: [], key: ['k'], windows: [recent] } as never, []).join('\n'),
    ).toContain('EXCLUDE GROUP');
  });
});
