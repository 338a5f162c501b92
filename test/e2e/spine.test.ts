import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { requireTool } from '../../src/dev/toolchain';
import { REPOSITORY, runMillrace, startTestStack, type TestStack } from '../support/millrace';
import { tripsCsv } from '../support/small-feed';
import { applyTrips, fingerprint, uploadTrips, waitForTrips } from '../support/trips';

const run = promisify(execFile);

let stack: TestStack;
let temporal: string;

beforeAll(async () => {
  stack = await startTestStack();
  temporal = (await requireTool('temporal', process.env)).file;
  await applyTrips(stack, 'trips');
}, 120_000);
afterAll(() => stack.stop());

const temporalCli = async (...args: readonly string[]): Promise<string> => {
  const { stdout } = await run(temporal, [...args, '--address', stack.session.settings.temporal.address], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
};

const FIRST = { fromDay: 0, days: 20, tripsPerDay: 48, badEvery: 40 };

test('an uploaded file triggers a run by itself and ends in a served prediction', async () => {
  await uploadTrips(stack, 'trips', 'first.csv', FIRST);
  const [first] = await waitForTrips(stack, 'trips');
  expect(first).toMatchObject({
    status: 'completed',
    trigger: 'event',
    summary: {
      verdict: 'promoted',
      rows: 960,
      quarantinedRows: 20,
      cleanVersion: 0,
      modelVersion: 1,
      liveVersion: 1,
    },
  });
  const answer = await stack.millrace([
    'predict',
    'trips',
    '--input',
    JSON.stringify({ id: 1, started: '2024-01-21T17:10:00Z', zone: 'north', km: 3.5 }),
  ]);
  expect(answer).toMatchObject({ modelVersion: 1 });
  const [prediction] = answer['predictions'] as readonly number[];
  expect(prediction).toBeGreaterThan(0.5);
  expect(prediction).toBeLessThan(1);
}, 120_000);

test('show lists every stage; models, quarantine, lineage and backup tell the same story', async () => {
  const { runs } = await stack.millrace(['runs', 'trips']);
  const [{ workflowId }] = runs as readonly [{ workflowId: string }];
  const shown = await stack.millrace(['show', workflowId]);
  const stages = shown['stages'] as readonly { stage: string; status: string; seconds: number }[];
  expect(stages.map(({ stage, status }) => `${stage} ${status}`)).toEqual(
    ['ingest', 'validate', 'transform', 'train', 'evaluate', 'register', 'deploy', 'backup'].map(
      (stage) => `${stage} done`,
    ),
  );
  expect(await stack.millrace(['models', 'trips'])).toMatchObject({
    live: 1,
    versions: [{ version: 1, metric: 'auc' }],
  });
  expect(await stack.millrace(['quarantine', 'list', 'trips'])).toMatchObject({ rows: 20 });
  const { rows } = await stack.millrace(['quarantine', 'show', 'trips', '--limit', '1']);
  expect(rows).toMatchObject([{ line: 41, reasons: [{ column: 'km' }] }]);
  const lineage = await stack.millrace(['lineage', 'trips']);
  const kinds = (lineage['nodes'] as readonly { kind: string }[]).map(({ kind }) => kind);
  expect(kinds).toEqual(['object', 'batch', 'table', 'table', 'model', 'endpoint']);
  expect(await stack.millrace(['backup', 'verify', 'trips'])).toMatchObject({ damaged: [] });
}, 60_000);

test('the same file again makes no second version, and a deliberate run finds nothing to do', async () => {
  const before = await fingerprint(stack, 'trips');
  await stack.millrace(['upload', 'trips', path.join(stack.directory, 'first.csv')]);
  const [again] = await waitForTrips(stack, 'trips');
  expect(again?.summary?.verdict).toBe('nothing_new');
  expect(await fingerprint(stack, 'trips')).toEqual(before);
  expect(await stack.millrace(['run', 'trips'])).toEqual({ runs: [] });
}, 60_000);

test('a broken header rejects the batch whole and the last good version stays live', async () => {
  const broken = tripsCsv({ fromDay: 20, days: 2, tripsPerDay: 48 }).replace('zone', 'zoen');
  await stack.millrace(['upload', 'trips', await stack.writeFile('second.csv', broken)]);
  const [rejected] = await waitForTrips(stack, 'trips');
  expect(rejected?.summary).toMatchObject({ verdict: 'rejected' });
  expect(rejected?.summary?.reasons.join(' ')).toContain('zone');
  expect(await stack.millrace(['models', 'trips'])).toMatchObject({ live: 1 });
}, 60_000);

test('the repaired file goes through', async () => {
  await uploadTrips(stack, 'trips', 'second.csv', { fromDay: 20, days: 2, tripsPerDay: 48 });
  const [repaired] = await waitForTrips(stack, 'trips');
  expect(repaired?.summary).toMatchObject({ rows: 96, quarantinedRows: 0, cleanVersion: 1 });
  expect(['promoted', 'kept']).toContain(repaired?.summary?.verdict);
}, 90_000);

test('every run has a report, compared with the batch before and with what the live model was trained on', async () => {
  const { runs } = await stack.millrace(['runs', 'trips']);
  const ids = (runs as readonly { workflowId: string; summary: { verdict: string } }[]).slice(0, 2);
  const [repaired = '', rejected = ''] = ids.map(({ workflowId }) => workflowId);
  const file = path.join(stack.directory, 'report.html');
  const report = await stack.millrace(['report', repaired, '--output', file]);
  expect(report).toMatchObject({
    report: { file, uri: expect.stringMatching(/^s3:.*report\.html$/) as unknown },
    quality: { verdict: 'accepted', rows: 96 },
    batchDrift: { before: { rows: 940 } },
    features: { profile: { rows: 96 } },
    featureDrift: { against: 'the training data of model v1' },
  });
  expect(await readFile(file, 'utf8')).toContain('96 rows were accepted');
  expect(await stack.millrace(['show', repaired])).toMatchObject({
    report: (report['report'] as { readonly uri: string }).uri,
  });
  expect(await stack.millrace(['report', rejected])).toMatchObject({ summary: { verdict: 'rejected' } });
  await stack.millrace(['report', 'run/trips/nowhere'], 3);
}, 60_000);

test('runs start, answer, and stop from the plain Temporal CLI', async () => {
  const started = await temporalCli(
    'workflow',
    'start',
    '--type',
    'pipelineRun',
    '--task-queue',
    'millrace',
    '--workflow-id',
    'run/trips/by-hand',
    '--input',
    '{"pipeline":"trips"}',
    '--output',
    'json',
  );
  expect(JSON.parse(started)).toMatchObject({ workflowId: 'run/trips/by-hand' });
  const result = await temporalCli(
    'workflow',
    'result',
    '--workflow-id',
    'run/trips/by-hand',
    '--output',
    'json',
  );
  expect(JSON.parse(result)).toMatchObject({ status: 'COMPLETED', result: { verdict: 'nothing_new' } });
  const query = await temporalCli(
    'workflow',
    'query',
    '--workflow-id',
    'intake/trips',
    '--type',
    'progress',
    '--output',
    'json',
  );
  expect(query).toContain('"state": "idle"');

  await temporalCli(
    'workflow',
    'signal',
    '--workflow-id',
    'intake/trips',
    '--name',
    'pause',
    '--input',
    'null',
  );
  const paused = await temporalCli(
    'workflow',
    'query',
    '--workflow-id',
    'intake/trips',
    '--type',
    'progress',
    '--output',
    'json',
  );
  expect(paused).toContain('"state": "paused"');
  await temporalCli(
    'workflow',
    'signal',
    '--workflow-id',
    'intake/trips',
    '--name',
    'resume',
    '--input',
    'null',
  );

  const uri = 's3://lake/raw/trips/third.csv';
  await stack.session.store.put(
    { bucket: 'lake', key: 'raw/trips/third.csv' },
    { kind: 'bytes', bytes: Buffer.from(tripsCsv({ fromDay: 22, days: 1, tripsPerDay: 48 })) },
  );
  await waitForTrips(stack, 'trips');
  await temporalCli(
    'workflow',
    'start',
    '--type',
    'pipelineRun',
    '--task-queue',
    'millrace',
    '--workflow-id',
    'run/trips/to-cancel',
    '--input',
    JSON.stringify({ pipeline: 'trips', objects: [uri] }),
  );
  await temporalCli('workflow', 'cancel', '--workflow-id', 'run/trips/to-cancel');
  await temporalCli('workflow', 'result', '--workflow-id', 'run/trips/to-cancel').catch(() => '');
  const described = await temporalCli(
    'workflow',
    'describe',
    '--workflow-id',
    'run/trips/to-cancel',
    '--output',
    'json',
  );
  expect(described).toContain('WORKFLOW_EXECUTION_STATUS_CANCELED');
}, 120_000);

test('wait fails while the newest run is cancelled; resume starts it again, once', async () => {
  const run = 'run/trips/to-cancel';
  const waited = await stack.millrace(['wait', 'trips'], 1);
  expect(waited['error']).toContain(`millrace.cjs resume ${run} --state`);
  expect(await stack.millrace(['resume', run])).toMatchObject({
    runs: [{ workflowId: run, pipeline: 'trips' }],
  });
  await stack.millrace(['wait', 'trips']);
  const shown = await stack.millrace(['show', run]);
  expect(shown).toMatchObject({ status: 'completed' });
  const [ingest] = shown['stages'] as readonly unknown[];
  expect(ingest).toMatchObject({ stage: 'ingest', status: 'reused', attempt: 1 });
  await stack.millrace(['resume', run], 4);
  await stack.millrace(['resume', 'run/trips/nowhere'], 3);
}, 60_000);

test('a finished run can be done again from a stage on; what went into a stage can be seen and compared', async () => {
  const run = 'run/trips/to-cancel';
  const before = await stack.millrace(['show', run]);
  await stack.millrace(['resume', run, '--from', 'transform']);
  await stack.millrace(['wait', 'trips']);
  const after = await stack.millrace(['show', run]);
  const stages = after['stages'] as readonly {
    stage: string;
    status: string;
    reusedFrom?: string;
    digest?: string;
  }[];
  const statuses = stages.slice(0, 3).map(({ stage, status }) => [stage, status]);
  expect(statuses).toEqual([
    ['ingest', 'reused'],
    ['validate', 'reused'],
    ['transform', 'done'],
  ]);
  const maker = stages[0]?.reusedFrom;
  expect(maker).toMatch(/^run\/trips\//);
  expect(stages[2]?.digest).toBe((before['stages'] as typeof stages)[2]?.digest);

  const key = await stack.millrace(['explain-key', run, 'validate']);
  expect(key).toMatchObject({
    stage: 'validate',
    madeBy: maker,
    parts: { stage: 'validate', manifest: expect.any(String) as string },
  });
  const runs = (await stack.millrace(['runs', 'trips']))['runs'] as readonly { workflowId: string }[];
  const first = runs.at(-1)!.workflowId;
  const compared = await stack.millrace(['explain-key', run, 'validate', '--against', first]);
  expect(compared['differences']).toEqual([expect.objectContaining({ path: 'manifest' })]);
  await stack.millrace(['explain-key', run, 'cook'], 2);
}, 60_000);

test('a history holds no row of data, no secret and no payload over 8 KB', async () => {
  const runs = await (await stack.session.runs()).list('trips');
  const secrets = [
    stack.session.settings.store.credentials?.secretAccessKey ?? 'missing',
    stack.session.settings.serving.adminToken,
  ];
  const rows = tripsCsv(FIRST)
    .split('\n')
    .slice(1, 200)
    .filter((line) => line !== '');
  const ids = runs.flatMap(({ workflowId }) => [workflowId]);
  for (const workflowId of [...ids, 'intake/trips']) {
    const history = await temporalCli('workflow', 'show', '--workflow-id', workflowId, '--output', 'json');
    for (const text of [...secrets, ...rows]) expect(history).not.toContain(text);
    for (const [, data = ''] of history.matchAll(/"data": ?"([A-Za-z0-9+/=]*)"/g)) {
      const payload = Buffer.from(data, 'base64').toString('utf8');
      expect(payload.length).toBeLessThanOrEqual(8 * 1024);
      for (const text of [...secrets, ...rows]) expect(payload).not.toContain(text);
    }
  }
  expect(ids.length).toBeGreaterThan(3);
}, 60_000);

test('Python deltalake and DuckDB read every version of the tables, with the same rows', async () => {
  const { endpoint, credentials, region } = stack.session.settings.store;
  const { stdout } = await run(
    path.join(REPOSITORY, 'trainer/.venv/bin/python'),
    [path.join(REPOSITORY, 'examples/read_delta.py'), 's3://lake/tables/trips/clean', 'id'],
    {
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: credentials?.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey,
        AWS_REGION: region,
        AWS_ALLOW_HTTP: 'true',
      },
    },
  );
  expect(JSON.parse(stdout)).toEqual([
    { version: 0, rows: 940, distinctKeys: 940 },
    { version: 1, rows: 1036, distinctKeys: 1036 },
    { version: 2, rows: 1084, distinctKeys: 1084 },
  ]);
}, 60_000);

test('after down and up everything is there again, and the endpoint answers with the same model', async () => {
  const before = await fingerprint(stack, 'trips');
  const ask = [
    'predict',
    'trips',
    '--input',
    JSON.stringify({ id: 1, started: '2024-01-21T17:10:00Z', zone: 'north', km: 3.5 }),
  ];
  const prediction = await stack.millrace(ask);
  await stack.millrace(['down']);
  await stack.millrace(ask, 5);
  await stack.millrace(['up', '--detach']);
  expect(await stack.millrace(ask)).toEqual(prediction);
  expect(await fingerprint(stack, 'trips')).toEqual(before);
}, 120_000);

test('exit codes: 2 for an invalid file, 3 for what is not there, 5 when nothing answers', async () => {
  const invalid = await stack.writeFile('invalid.yaml', 'version: 1\npipeline: Trips\n');
  await stack.millrace(['validate', invalid], 2);
  await stack.millrace(['runs', 'nowhere'], 3);
  await stack.millrace(['show', 'run/trips/nowhere'], 3);
  await stack.millrace(['predict', 'nowhere', '--input', '{}'], 3);
  await stack.millrace(['predict', 'trips', '--input', path.join(stack.directory, 'nowhere.json')], 3);
  await stack.millrace(['run', 'trips', '--object', 's3://lake/raw/trips/nowhere.csv'], 3);
  await stack.millrace(['run', 'trips', '--object', 's3://lake/raw/other/first.csv'], 2);
  await stack.millrace(['quarantine', 'show', 'trips', '--batch', 'zzz'], 3);
  const clash = await stack.millrace(['upload', 'trips', 'a/first.csv', 'b/first.csv'], 2);
  expect(clash['error']).toContain('a/first.csv and b/first.csv');
  const usage = await runMillrace(['no-such-command']);
  expect(usage.exitCode).toBe(2);
  const unknown = await runMillrace(['runs', '--nonsense', '--json']);
  expect(unknown.json()).toEqual({ error: "unknown option '--nonsense'", exitCode: 2 });
  const environment = { ...process.env, TEMPORAL_ADDRESS: '' };
  const nothing = await runMillrace(['runs', '--state', path.join(stack.directory, 'none')], environment);
  expect(nothing).toMatchObject({
    exitCode: 5,
    stderr: expect.stringContaining('No local stack under') as string,
  });
}, 60_000);
