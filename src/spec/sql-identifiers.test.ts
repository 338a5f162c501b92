import { bareIdentifier, isSqlWord, sqlIdentifiers } from './sql-identifiers';

test.each([
  ['arr_delay > 15', ['arr_delay']],
  ["CASE WHEN origin = 'JFK' THEN 1.5e3 END", ['origin']],
  [`"odd name" + "it""s"`, ['odd name', 'it"s']],
  ['isodow(time_hour - INTERVAL 5 HOUR)', ['time_hour']],
  ["date_part ('hour', t) + coalesce(t, t)", ['t']],
  ["'it''s not_a_column'", []],
])('%s uses %j', (sql, expected) => {
  expect(sqlIdentifiers(sql).filter((name) => !isSqlWord(name))).toEqual(expected);
});

test.each([
  ['distance', 'distance'],
  [' hour ', 'hour'],
  ['a + b', undefined],
  ['lower(a)', undefined],
  ['15', undefined],
])('%j as a bare name is %s', (sql, expected) => {
  expect(bareIdentifier(sql)).toBe(expected);
});
