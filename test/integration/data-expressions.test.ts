import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPlanExpressions } from '../../src/activities/check-plan-expressions';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import type { PipelinePlan } from '../../src/domain/plan';
import { parsePipelineFile } from '../../src/spec/parse-pipeline-file';
import { TRIPS_PLAN } from './data-trips';

describe('the check of SQL expressions against DuckDB', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-expressions-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  const check = async (plan: PipelinePlan): Promise<void> => {
    const session = await createDuckDbEngine().open({ directory, memoryLimitMegabytes: 128, threads: 1 });
    try {
      await checkPlanExpressions(session, plan);
    } finally {
      await session.close();
    }
  };
  const withFeature = (sql: string): PipelinePlan => ({
    ...TRIPS_PLAN,
    features: [{ name: 'risky', kind: 'numeric', sql }],
  });

  it('passes the plans of the tests and the example', async () => {
    await check(TRIPS_PLAN);
    const file = join(__dirname, '../../examples/flights/pipeline.yaml');
    const parsed = parsePipelineFile(await readFile(file, 'utf8'), file);
    if (!('plan' in parsed)) throw new Error('the example does not parse');
    await check(parsed.plan);
  });

  it.each([
    `CASE WHEN minutes > 3 THEN coalesce(minutes, 0) ELSE -1 END`,
    `nullif(id, 0) % 7 + length(line) * 2 - "day"`,
    `date_diff('minute', started, CAST(booked AS TIMESTAMP))`,
    `line IN ('A', 'B') AND NOT express OR line LIKE 'C%' OR id BETWEEN 1 AND 5`,
    `extract(dow FROM started) -- the weekday`,
    `regexp_matches(line, 'A|B')::INTEGER`,
  ])('allows %s', (sql) => check(withFeature(sql)));

  it.each([
    ['nonsense', 'minutes +', 'it does not parse'],
    ['an unknown column', 'minuts', 'minuts is no column'],
    ['an unknown function', 'nosuch(minutes)', 'nosuch'],
    ['a type that does not fit', 'booked', 'DATE'],
    ['a subquery', '(SELECT max(id) FROM source_row)', 'subqueries cannot be used'],
    ['EXISTS', 'EXISTS (SELECT 1)', 'subqueries cannot be used'],
    ['an aggregate', 'minutes - avg(minutes)', 'avg() is not a repeatable function of one row'],
    ['count(*)', 'count(*)', 'count_star() is not'],
    ['a window function', 'lag(minutes) OVER (ORDER BY started)', 'window functions cannot be used'],
    ['a hidden window function', 'coalesce(sum(minutes) OVER (), 0)', 'window functions cannot be used'],
    ['a clock', 'epoch(now())', 'now() is not'],
    ['the date of today', 'epoch(current_date)', 'current_date is no column'],
    ['text where a number is needed', 'line', 'it has type VARCHAR, expected a number'],
    ['age without a second date', 'epoch(age(started))', 'age() is not'],
    ['chance', 'random()', 'random() is not'],
    ['a file', `read_text('/etc/passwd')`, 'read_text'],
    ['a setting', `length(current_setting('threads'))`, 'current_setting() is not'],
    ['unnest', 'unnest([1, 2])', 'unnest() is not'],
    ['another table', '1 FROM source_row', 'more than one value'],
    ['a condition', '1 WHERE true', 'more than one value'],
    ['two values', 'minutes, id', 'more than one value'],
    [
      'a way out of the parentheses',
      '1) FROM source_row; DROP TABLE source_row; SELECT (1',
      'it does not parse',
    ],
    ['a second statement', '1; SELECT 2', 'more than one statement'],
    ['an order', 'minutes ORDER BY 1', 'more than one value'],
    ['a union', '1 UNION SELECT 2', 'more than one value'],
    ['a limit', 'minutes LIMIT 1', 'more than one value'],
    ['all columns', '*', '* cannot be used'],
    ['COLUMNS()', `COLUMNS('.*')`, '* cannot be used'],
    ['a new name', 'minutes AS other', 'renames its value'],
    ['a table name', 'source_row.minutes', 'without a table'],
    ['a parameter', '$1', 'parameters cannot be used'],
  ])('refuses %s and names the feature', async (_what, sql, reason) => {
    const failure = check(withFeature(sql));
    await expect(failure).rejects.toMatchObject({ code: 'InvalidPlan' });
    await expect(failure).rejects.toThrow('at=feature risky');
    await expect(failure).rejects.toThrow(reason);
  });

  it('checks the label and the windows, too', async () => {
    await expect(check({ ...TRIPS_PLAN, label: { name: 'late', sql: 'random() > 0.5' } })).rejects.toThrow(
      'at=label late',
    );
    const [window] = TRIPS_PLAN.windows;
    await check({ ...TRIPS_PLAN, windows: [{ ...window!, aggregate: 'count', sql: 'line' }] });
    await expect(check({ ...TRIPS_PLAN, windows: [{ ...window!, sql: 'line' }] })).rejects.toThrow('VARCHAR');
    await expect(check({ ...TRIPS_PLAN, windows: [{ ...window!, sql: 'sum(minutes)' }] })).rejects.toThrow(
      'at=window line_mean_3d',
    );
  });

  const withQuery = (sql: string): PipelinePlan => ({
    ...TRIPS_PLAN,
    windows: [{ name: 'own', over: ['line'], days: 3, aggregate: 'query', sql }],
  });

  it.each([
    'SELECT count(*) FROM history',
    'SELECT sum(minutes) FILTER (WHERE express) / count(*) FROM history WHERE days_ago < 3',
    'SELECT max(n) FROM (SELECT days_ago, count(*) AS n FROM history GROUP BY ALL HAVING n > 1 ORDER BY n)',
    'SELECT count(*) FROM history a JOIN history AS b ON a.id = b.id + 1 LEFT JOIN history ON history.id = a.id',
    'SELECT count(DISTINCT line) - count(*) FILTER (WHERE minutes > (SELECT avg(minutes) FROM history)) FROM history',
    'SELECT median("day") FROM (SELECT "day" FROM history UNION ALL SELECT u FROM unnest([1, 2]) t(u))',
    `SELECT count(*) FROM history WHERE line <> 'it''s; FROM history' AND EXISTS (SELECT 1 FROM history h WHERE h.id < 3)`,
  ])('allows a window to be %s', (sql) => check(withQuery(sql)));

  it.each([
    ['no query', 'minutes', 'it is no SELECT'],
    ['nonsense', 'SELECT max(minutes FROM history', 'syntax error'],
    ['another statement', 'DELETE FROM history', 'it is no SELECT'],
    ['two statements', 'SELECT count(*) FROM history; SELECT 1', 'more than one statement'],
    ['an unknown column', 'SELECT max(minuts) FROM history', 'minuts'],
    ['text as its result', 'SELECT max(line) FROM history', 'it has type VARCHAR, expected a number'],
    ['another table', 'SELECT count(*) FROM table_rows', 'it reads table_rows: only history can be read'],
    ['the rows behind it', 'SELECT count(*) FROM "$visible"', 'it contains a "$"'],
    ['all rows', 'SELECT count(*) FROM row_features', 'it reads row_features'],
    ['a qualified table', 'SELECT count(*) FROM main.history', 'it reads history'],
    ['a file', `SELECT count(*) FROM read_csv('/etc/passwd')`, 'read_csv() cannot be used'],
    ['a file by its name', `SELECT count(*) FROM '/etc/passwd'`, 'it reads /etc/passwd'],
    ['a clock', 'SELECT max(epoch(now())) FROM history', 'now() cannot be used'],
    ['chance', 'SELECT max(random()) FROM history', 'random() cannot be used'],
    ['two values', 'SELECT min(minutes), max(minutes) FROM history', 'more than one value'],
    ['many rows', 'SELECT minutes FROM history', 'select an aggregate'],
    ['a row per group', 'SELECT max(minutes) FROM history GROUP BY line', 'leave GROUP BY out'],
    ['a row per group, all', 'SELECT max(minutes) FROM history GROUP BY ALL', 'leave GROUP BY out'],
    ['maybe no row', 'SELECT max(minutes) FROM history HAVING count(*) > 2', 'leave HAVING out'],
    ['a union', 'SELECT max(minutes) FROM history UNION SELECT 1', 'it is no plain SELECT'],
    ['many rows inside', 'SELECT max(minutes - (SELECT minutes FROM history)) FROM history', 'of a subquery'],
    ['whichever row comes first', 'SELECT first(minutes) FROM history', 'first() can depend on the order'],
    ['a tie', 'SELECT arg_max(minutes, started) FROM history', 'arg_max() can depend on the order'],
    ['a list', 'SELECT list(minutes)[1] FROM history', 'list() can depend on the order'],
    ['a limit', 'SELECT max(id) FROM (SELECT id FROM history LIMIT 3)', 'LIMIT cannot be used'],
    ['DISTINCT ON', 'SELECT max(id) FROM (SELECT DISTINCT ON (line) id FROM history)', 'DISTINCT ON cannot'],
    ['a sample', 'SELECT max(id) FROM history USING SAMPLE 3', 'samples cannot be used'],
    [
      'a window function',
      'SELECT max(n) FROM (SELECT row_number() OVER () AS n FROM history)',
      'window functions',
    ],
    ['WITH', 'WITH h AS (SELECT id FROM history) SELECT max(id) FROM h', 'WITH cannot be used'],
    ['all columns', 'SELECT max(id) FROM (SELECT * FROM history)', '* cannot be used'],
    ['an ordered sum', 'SELECT sum(minutes ORDER BY id) FROM history', 'sum(… ORDER BY …) cannot be used'],
    ['a hidden sum', 'SELECT "sum"(minutes) FROM history', 'write aggregates as sum(…)'],
    ['a hidden history', 'SELECT max(id) FROM "history"', 'FROM history'],
    [
      'a join by all columns',
      'SELECT max(a.id) FROM history a NATURAL JOIN history b',
      'NATURAL JOIN cannot',
    ],
    ['something else', 'SELECT max(u) FROM unnest([1, 2]) t(u)', 'FROM history'],
  ])('refuses a window that is %s', async (_what, sql, reason) => {
    const failure = check(withQuery(sql));
    await expect(failure).rejects.toMatchObject({ code: 'InvalidPlan' });
    await expect(failure).rejects.toThrow('at=window own');
    await expect(failure).rejects.toThrow(reason);
  });
});
