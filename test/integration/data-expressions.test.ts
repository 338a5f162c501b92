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
      session.close();
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
});
