import { compiledHistoryQuery } from './history-query';

const compile = (sql: string): string => compiledHistoryQuery(sql, 'SELECT 1');

describe('compiledHistoryQuery', () => {
  it.each([
    ['SELECT count(*) FROM history', 'SELECT count(*) FROM (SELECT 1) AS history'],
    ['SELECT count(*) FROM History WHERE x > 1', 'SELECT count(*) FROM (SELECT 1) AS history WHERE x > 1'],
    ['SELECT max(h.x) FROM history h', 'SELECT max(h.x) FROM (SELECT 1) h'],
    ['SELECT max(h.x) FROM history AS h', 'SELECT max(h.x) FROM (SELECT 1) AS h'],
    [
      'SELECT max(history.x) FROM history JOIN history b ON b.x = history.x',
      'SELECT max(history.x) FROM (SELECT 1) AS history JOIN (SELECT 1) b ON b.x = history.x',
    ],
    [
      'SELECT max(x) FROM (SELECT x FROM history)',
      'SELECT max(x) FROM (SELECT x FROM (SELECT 1) AS history)',
    ],
    [
      `SELECT count(history) FROM x WHERE a = 'FROM history'`,
      `SELECT count(history) FROM x WHERE a = 'FROM history'`,
    ],
  ])('reads the visible rows in %s', (sql, expected) => {
    expect(compile(sql)).toBe(expected);
  });

  it.each([
    ['sum(x)', `list_aggregate(list_sort(list(CAST(x AS DOUBLE))), 'fsum')`],
    ['AVG (x + (1))', `list_aggregate(list_sort(list(CAST(x + (1) AS DOUBLE))), 'favg')`],
    ['sum(DISTINCT x)', `list_aggregate(list_sort(list(DISTINCT CAST(x AS DOUBLE))), 'fsum')`],
    [
      `stddev(x) FILTER (WHERE y = ')') / 2`,
      `list_aggregate(list_sort(list(CAST(x AS DOUBLE)) FILTER (WHERE y = ')')), 'stddev_samp') / 2`,
    ],
    ['"sum" + \'sum(x)\' + sums(x) + sum', '"sum" + \'sum(x)\' + sums(x) + sum'],
    [
      'sum(x - (SELECT min(y) FROM history))',
      `list_aggregate(list_sort(list(CAST(x - (SELECT min(y) FROM (SELECT 1) AS history) AS DOUBLE))), 'fsum')`,
    ],
  ])('computes %s over sorted values', (sql, expected) => {
    expect(compile(sql)).toBe(expected);
  });
});
