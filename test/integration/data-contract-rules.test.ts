import type { Expectation, PipelinePlan } from '../../src/domain/plan';
import { createModelVersion, swapAlias } from '../../src/lake/registry';
import { LAKE, openLake, type Lake } from './data-fixture';
import { makeTrips, TRIPS_PLAN, tripsCsv } from './data-trips';
import { csvOf, judgeTrips, planWith, tripRow, type Judged } from './judged-trips';

let lake: Lake;
beforeEach(async () => {
  lake = await openLake();
});
afterEach(() => lake.close());

const judge = (plan: PipelinePlan, ...files: readonly string[]): Promise<Judged> =>
  judgeTrips(lake, plan, files);

const put = (key: string, text: string): Promise<unknown> =>
  lake.store.put({ bucket: LAKE, key }, { kind: 'bytes', bytes: Buffer.from(text) });

describe('a rule in SQL', () => {
  const sqlRule = (query: string, more: Partial<Extract<Expectation, { kind: 'sql' }>> = {}): PipelinePlan =>
    planWith({ kind: 'sql', name: 'own', onFail: 'quarantine', query, ...more });
  const file = csvOf(tripRow(1, 'A', 5), tripRow(2, 'B', 50), tripRow(3, 'A', 500));

  it('sets the rows aside that it selects, with places and samples', async () => {
    const { result, rule } = await judge(
      sqlRule('SELECT * FROM {object} WHERE minutes > (SELECT avg(minutes) FROM {object})'),
      file,
    );
    expect(result).toMatchObject({ acceptedRows: 2, quarantinedRows: 1 });
    expect(rule('own')).toMatchObject({
      success: false,
      unexpectedCount: 1,
      sample: [{ object: 0, line: 4 }],
    });
    expect((await lake.parquetRows(result.accepted!, 'id')).map(({ id }) => id)).toEqual([1, 2]);
  });

  it('may join the batch with itself, and name parts of it', async () => {
    const query = `WITH per_line AS (SELECT line, count(*) AS rows FROM {object} GROUP BY line)
      SELECT batch.* FROM {object} JOIN per_line USING (line) WHERE rows > 1`;
    const { rule } = await judge(sqlRule(query, { onFail: 'warn' }), file);
    expect(rule('own')).toMatchObject({ about: 'rows', unexpectedCount: 2 });
  });

  it('may give one number, which is compared', async () => {
    const { result, rule } = await judge(
      sqlRule('SELECT max(minutes) FROM {object}', {
        onFail: 'block',
        requirement: { operator: 'mustBeLessThan', value: [100] },
      }),
      file,
    );
    expect(result.reasons).toEqual(['own (less than 100, got 500) is not met']);
    expect(rule('own')).toMatchObject({ about: 'batch', observedValue: 500, success: false });
  });

  it.each([
    ['reads a file', `SELECT * FROM read_csv('/etc/passwd')`],
    ['reads a file by its name', `SELECT * FROM '/etc/passwd'`],
    ['reads the network', `SELECT * FROM read_parquet('https://example.com/x.parquet')`],
    ['reads text', `SELECT content FROM read_text('/etc/hostname')`],
    ['reads a file in a scalar', `SELECT (SELECT content FROM read_text('/etc/hostname')) FROM {object}`],
    ['reads the environment', `SELECT getenv('HOME')`],
    ['reads settings', `SELECT current_setting('memory_limit') FROM {object}`],
    ['reads the catalog', 'SELECT * FROM information_schema.tables'],
    ['reads what the engine knows', 'SELECT * FROM duckdb_settings()'],
    ['lists files', `SELECT * FROM glob('/*')`],
    ['writes', `COPY {object} TO '/tmp/stolen.csv'`],
    ['is two statements', 'SELECT 1; SELECT 2'],
    ['hides a statement', `SELECT * FROM {object}; DROP VIEW {object}`],
    ['changes a setting', `SET memory_limit = '1GB'`],
    ['attaches a database', `ATTACH '/tmp/x.db'`],
    ['creates something', 'CREATE TABLE x AS SELECT * FROM {object}'],
    ['asks the clock', 'SELECT * FROM {object} WHERE started < now()'],
    ['throws dice', 'SELECT * FROM {object} WHERE random() < 0.5'],
    ['runs text as a query', `SELECT * FROM query('SELECT 1')`],
    ['describes', 'DESCRIBE {object}'],
    ['selects neither rows nor one number', 'SELECT id, line FROM {object}'],
    ['does not parse', 'SELEC * FROM {object}'],
    ['names no column', 'SELECT * FROM {object} WHERE minuts > 1'],
    ['gives one number where rows are set aside', 'SELECT count(*) FROM {object}'],
  ])('is refused for good when it %s', async (_what, query) => {
    const failure = await judge(sqlRule(query), file).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'PermanentFailure' });
    expect(['InvalidPlan', 'InvalidInput']).toContain((failure as { code: string }).code);
  });
});

describe('a reference to other data', () => {
  const references = (to: Extract<Expectation, { kind: 'references' }>['to']): PipelinePlan =>
    planWith({ kind: 'references', name: 'known line', columns: ['line'], onFail: 'quarantine', to });
  const file = csvOf(tripRow(1, 'A', 5), tripRow(2, 'X', 50), tripRow(3, 'NA', 500));

  it('looks the values up in a CSV object; no value passes', async () => {
    await put('reference/lines.csv', 'code,name\nA,first\nB,second\n');
    const { result, rule } = await judge(
      references({ uri: 's3://lake/reference/lines.csv', columns: ['code'] }),
      file,
    );
    expect(result).toMatchObject({ acceptedRows: 2, quarantinedRows: 1 });
    expect(rule('known line')).toMatchObject({ sample: [{ object: 0, line: 3, value: 'X' }] });
  });

  it('judges anew when the other data changed, and else returns what it said', async () => {
    const plan = references({ uri: 's3://lake/reference/lines.csv', columns: ['code'] });
    await put('reference/lines.csv', 'code\nA\n');
    const batch = await lake.land(plan, [file]);
    const first = await lake.validate(batch);
    expect(await lake.validate(batch)).toEqual({ ...first, reused: true });
    await put('reference/lines.csv', 'code\nA\nX\n');
    expect(await lake.validate(batch)).toMatchObject({ reused: false, quarantinedRows: 0 });
  });

  it('looks several columns up together in the clean table of another pipeline, as of a version', async () => {
    const other: PipelinePlan = {
      ...TRIPS_PLAN,
      pipeline: 'lines',
      source: { ...TRIPS_PLAN.source, prefix: 'raw/lines/' },
    };
    await lake.process(other, [csvOf(tripRow(1, 'A', 5))]);
    await lake.process(other, [csvOf(tripRow(2, 'B', 5))]);
    const plan = (version?: number): PipelinePlan =>
      planWith({
        kind: 'references',
        name: 'known',
        columns: ['line', 'day'],
        onFail: 'quarantine',
        to: { pipeline: 'lines', columns: ['line', 'day'], ...(version !== undefined && { version }) },
      });
    const both = csvOf(tripRow(1, 'A', 5), tripRow(2, 'B', 5));
    expect((await judge(plan(), both)).result).toMatchObject({ quarantinedRows: 0 });
    expect((await judge(plan(0), both)).result).toMatchObject({ quarantinedRows: 1 });
  });

  it('fails for good when there is no such data', async () => {
    const plan = references({ uri: 's3://lake/reference/none.csv', columns: ['code'] });
    await expect(judge(plan, file)).rejects.toMatchObject({ code: 'NotFound' });
  });
});

describe('drift against what the live model was trained on', () => {
  const drift = planWith(
    ...(['minutes', 'line'] as const).map((column): Expectation => ({
      kind: 'drift',
      name: `drift(${column})`,
      column,
      bins: 10,
      onFail: 'block',
      requirement: { operator: 'mustBeLessThan', value: [0.25] },
    })),
  );

  it('is not evaluated, and says so, while no model is live', async () => {
    const { result, rule } = await judge(drift, csvOf(tripRow(1, 'A', 5)));
    expect(result.verdict).toBe('accepted');
    expect(rule('drift(minutes)')).toMatchObject({ success: null, notEvaluated: 'no model is live yet' });
  });

  it('lets a batch of the same kind pass, and rejects one that is not', async () => {
    const { transformed } = await lake.process(drift, [tripsCsv(makeTrips('2024-01-01', 10, 100))]);
    await goLive(lake, transformed.clean.version);
    const same = await judge(drift, tripsCsv(makeTrips('2024-01-11', 5, 100, 2)));
    expect(same.result.verdict).toBe('accepted');
    expect(same.rule('drift(minutes)').observedValue).toBeLessThan(0.1);
    expect(same.rule('drift(line)')).toMatchObject({ success: true });
    const longer = makeTrips('2024-01-16', 5, 100, 3).map((trip) => ({
      ...trip,
      minutes: (trip.minutes ?? 0) + 60,
    }));
    const other = await judge(drift, tripsCsv(longer));
    expect(other.result.reasons).toEqual([expect.stringMatching(/^drift\(minutes\) \(less than 0.25, got /)]);
    expect(other.rule('drift(line)')).toMatchObject({ success: true });
  });
});

/** A model that was trained on all of the clean table but its last day. */
async function goLive({ store }: Lake, cleanVersion: number): Promise<void> {
  const ref = { uri: 's3://lake/x', sha256: '0'.repeat(64), bytes: 1 };
  const files = { onnx: ref, booster: ref, features: ref, metrics: ref, golden: ref, lookups: ref };
  const { value } = await createModelVersion(store, LAKE, {
    formatVersion: 1,
    pipeline: 'trips',
    trainDigest: 'f'.repeat(64),
    files,
    planDigest: '',
    metric: 'auc',
    challenger: 1,
    baseline: 0.5,
    device: 'cpu',
    lineage: {
      batchDigest: '',
      batchManifestUri: '',
      cleanVersion,
      featuresVersion: 0,
      holdoutFrom: '2024-01-10',
      evaluationUri: '',
    },
  });
  await swapAlias(store, LAKE, 'trips', 'champion', value.version);
}
