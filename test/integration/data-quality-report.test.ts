import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PipelinePlan } from '../../src/domain/plan';
import { openLake, type Lake, type Row } from './data-fixture';
import { makeTrips, tripLine } from './data-trips';
import { csvOf, judgeTrips, planWith, tripRow, type Judged } from './judged-trips';

const good = makeTrips('2024-01-01', 3, 20).map(tripLine);
let lake: Lake;
beforeEach(async () => {
  lake = await openLake();
});
afterEach(() => lake.close());

interface Queried extends Judged {
  /** Runs a rule's query over copies of the files, as somebody would who holds them. */
  readonly runQuery: (name: string) => Promise<readonly Row[]>;
}

async function judge(plan: PipelinePlan, ...files: readonly string[]): Promise<Queried> {
  const { result, report, rule } = await judgeTrips(lake, plan, files);
  const runQuery = async (name: string): Promise<readonly Row[]> => {
    const directory = await mkdtemp(join(lake.scratch, 'query-'));
    let sql = rule(name).query!;
    for (const [index, uri] of report.objects.entries()) {
      const path = join(directory, `${index}.csv`);
      await writeFile(path, files[index]!);
      sql = sql.replaceAll(uri, path);
    }
    const session = await lake.deps.engine.open({ directory, memoryLimitMegabytes: 256, threads: 2 });
    try {
      return await session.rows(sql);
    } finally {
      await session.close();
    }
  };
  return { result, report, rule, runQuery };
}

describe('the quality report', () => {
  const strict = planWith(
    { kind: 'between', name: 'between(minutes)', column: 'minutes', min: 0, max: 1000, onFail: 'quarantine' },
    { kind: 'in_set', name: 'in_set(line)', column: 'line', values: ['A', 'B', 'C, D'], onFail: 'warn' },
    { kind: 'length', name: 'length(line)', column: 'line', min: 1, max: 4, onFail: 'quarantine' },
    { kind: 'multiple_of', name: 'multiple_of(id)', column: 'id', factor: 1, onFail: 'quarantine' },
    { kind: 'multiple_of', name: 'multiple_of(minutes)', column: 'minutes', factor: 0.001, onFail: 'warn' },
    { kind: 'not_missing', name: 'not_missing(line)', column: 'line', values: ['-'], onFail: 'quarantine' },
    {
      kind: 'compare',
      name: 'booked <= started',
      left: 'booked',
      operator: '<=',
      right: 'started',
      onFail: 'quarantine',
    },
    {
      kind: 'between',
      name: 'between(booked)',
      column: 'booked',
      min: '2023-06-01',
      exclusiveMin: true,
      onFail: 'quarantine',
    },
    { kind: 'unique', name: 'unique(line, day)', columns: ['line', 'day'], onFail: 'warn' },
  );
  const bad = [
    tripRow(100, 'A', 2000),
    tripRow(101, 'Z', 1),
    tripRow(102, 'LONGER', 1),
    tripRow(103, '-', 1),
    '104,A,2024-01-01T00:00:00Z,1,1,true,02.01.2024',
    '105,A,2024-01-01T00:00:00Z,1,1,true,01.06.2023',
    '106,A,2024-01-01T00:00:00Z,1.0005,1,true,31.12.2023',
    'x,A,2024-01-01T00:00:00Z,-1,1,maybe,31.12.2023',
    '108,"A',
  ];

  it('has a query for every rule about rows, which finds in the delivered files just the rows it counted', async () => {
    const { report, rule, runQuery } = await judge(strict, csvOf(...good), csvOf(...bad.slice(0, -1)));
    const names = report.expectations.map(({ name }) => name);
    expect(names).toContain('type(express)');
    for (const name of names.filter((item) => item !== 'structure' && !item.startsWith('unique'))) {
      const found = await runQuery(name);
      expect([name, found.length]).toEqual([name, rule(name).unexpectedCount]);
      expect(found.slice(0, 20).map((item) => item['$line'])).toEqual(
        rule(name).sample.map(({ object, line }) => line + (object === 0 ? 0 : good.length)),
      );
    }
    expect(rule('length(line)').sample).toEqual([{ object: 1, line: 4, value: 'LONGER' }]);
    expect(rule('booked <= started').sample).toEqual([
      { object: 1, line: 6, value: '02.01.2024, 2024-01-01T00:00:00Z' },
    ]);
    expect(rule('not_missing(line)').unexpectedCount).toBe(1);
    expect(rule('between(booked)').unexpectedCount).toBe(1);
    expect(rule('multiple_of(minutes)').unexpectedCount).toBe(1);
  });

  it('counts as empty what is empty, not what is of another type', async () => {
    const rows = [tripRow(1, 'A', 1), tripRow(2, 'A', 'x'), tripRow(3, 'A', 'NA'), tripRow(4, '', '')];
    const outOfYears = tripRow(5, 'A', 1).replace('2024-01-01T', '0000-01-01T');
    const { report } = await judge(planWith(), csvOf(...rows, outOfYears));
    const nulls = Object.fromEntries(report.columns.map(({ column, nulls: count }) => [column, count]));
    expect(nulls).toEqual({ id: 0, line: 1, started: 0, minutes: 2, day: 0, express: 0, booked: 0 });
  });

  it('finds repeated rows and leaves out records that are no CSV', async () => {
    const { rule, runQuery } = await judge(
      planWith({ kind: 'unique', name: 'unique(line, day)', columns: ['line', 'day'], onFail: 'warn' }),
      csvOf(tripRow(1, 'A', 1), tripRow(2, 'B', 1), tripRow(3, 'A', 1), '4,"A', tripRow(5, 'A', 1, 2)),
    );
    expect(rule('unique(line, day)')).toMatchObject({
      success: false,
      unexpectedCount: 1,
      sample: [{ object: 0, line: 2, value: 'A, 1' }],
    });
    expect(await runQuery('unique(line, day)')).toMatchObject([{ $line: 2, id: '1' }]);
    expect(rule('structure').sample).toEqual([{ object: 0, line: 5, value: '4,"A' }]);
  });

  it('samples no more than 20 rows and counts all', async () => {
    const many = Array.from({ length: 30 }, (_unused, index) => tripRow(index, 'Z', 1));
    const { rule } = await judge(strict, csvOf(...many));
    expect(rule('in_set(line)')).toMatchObject({ unexpectedCount: 30, elementCount: 30 });
    expect(rule('in_set(line)').sample).toHaveLength(20);
  });
});

describe('a rule that some rows may break', () => {
  const tolerant = (value: number, unit: 'rows' | 'percent', onFail: 'block' | 'quarantine'): PipelinePlan =>
    planWith({
      kind: 'in_set',
      name: 'in_set(line)',
      column: 'line',
      values: ['A'],
      onFail,
      requirement: { operator: 'mustBeLessThan', value: [value], unit },
    });
  const file = csvOf(
    ...Array.from({ length: 10 }, (_unused, index) => tripRow(index, index < 2 ? 'Z' : 'A', 1)),
  );

  it.each([
    ['fewer rows than allowed', tolerant(3, 'rows', 'quarantine'), 'accepted', 10, true],
    ['as many rows as are not allowed', tolerant(2, 'rows', 'quarantine'), 'accepted', 8, false],
    ['a smaller share', tolerant(20.1, 'percent', 'block'), 'accepted', 10, true],
    ['too large a share', tolerant(20, 'percent', 'block'), 'rejected', 0, false],
  ] as const)('is met by %s', async (_what, plan, verdict, acceptedRows, success) => {
    const { result, rule } = await judge(plan, file);
    expect(result).toMatchObject({ verdict, acceptedRows });
    expect(rule('in_set(line)')).toMatchObject({ success, unexpectedCount: 2, unexpectedPercent: 20 });
  });
});

describe('a measure of the whole batch', () => {
  const measures = planWith(
    ...(['mean', 'stddev', 'sum'] as const).map((kind) => ({
      kind,
      name: `${kind}(minutes)`,
      column: 'minutes',
      onFail: 'block' as const,
      requirement: { operator: 'mustBeBetween', value: [0, 1000] } as const,
    })),
    {
      kind: 'quantile',
      name: 'quantile(minutes, 0.9)',
      column: 'minutes',
      q: 0.9,
      onFail: 'warn',
      requirement: { operator: 'mustBeLessThan', value: [5] },
    },
    {
      kind: 'freshness',
      name: 'freshness(started)',
      column: 'started',
      onFail: 'warn',
      requirement: { operator: 'mustBeLessThan', value: [7], unit: 'days' },
    },
  );

  it('is computed exactly, compared, and can be computed again by its query', async () => {
    const file = csvOf(...[1, 2, 3, 4, 10].map((minutes, index) => tripRow(index, 'A', minutes)));
    const { result, rule, runQuery } = await judge(measures, file);
    expect(result.verdict).toBe('accepted');
    expect(rule('sum(minutes)').observedValue).toBe(20);
    expect(rule('mean(minutes)')).toMatchObject({
      observedValue: 4,
      success: true,
      expected: 'between 0 and 1000',
    });
    expect(rule('stddev(minutes)').observedValue).toBeCloseTo(3.5355339, 6);
    expect(rule('quantile(minutes, 0.9)')).toMatchObject({ success: false, unexpectedCount: 1 });
    const age = rule('freshness(started)');
    expect(age.success).toBe(false);
    expect(age.observedValue).toBeGreaterThan(600);
    for (const name of ['sum(minutes)', 'mean(minutes)', 'stddev(minutes)', 'quantile(minutes, 0.9)']) {
      expect(await runQuery(name)).toEqual([{ observed: rule(name).observedValue }]);
    }
    expect((await runQuery('freshness(started)'))[0]!['observed']).toBeCloseTo(age.observedValue!, 6);
  });

  it('rejects the batch when it blocks and is not met, and is not evaluated where there is no value', async () => {
    const { result } = await judge(measures, csvOf(tripRow(1, 'A', 1e6)));
    expect(result.reasons).toEqual([
      'mean(minutes) (between 0 and 1000, got 1000000) is not met',
      'sum(minutes) (between 0 and 1000, got 1000000) is not met',
    ]);
    const { result: empty, rule } = await judge(measures, csvOf(tripRow(1, 'A', 'NA')));
    expect(empty.verdict).toBe('accepted');
    expect(rule('mean(minutes)')).toMatchObject({
      success: null,
      notEvaluated: 'there is no value to measure',
      observedValue: null,
    });
  });
});
