// The bundle that goes to AWS Lambda, in a plain Node process without this project's packages.
import { buildSync } from 'esbuild';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { workflowIds } from '../../src/contracts/workflow-names';
import { startTemporal, type LocalTemporal } from '../support/local-servers';

const run = promisify(execFile);
const FIXTURES = path.join(__dirname, '../../src/lambda/fixtures');

let temporal: LocalTemporal;
let connection: Connection;
let folder: string;
beforeAll(async () => {
  temporal = await startTemporal();
  connection = await Connection.connect({ address: temporal.address });
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-lambda-'));
  // As `npm run build:lambda`.
  buildSync({
    entryPoints: [path.join(__dirname, '../../src/lambda/main.ts')],
    bundle: true,
    platform: 'node',
    target: 'node22',
    minify: true,
    keepNames: true,
    outfile: path.join(folder, 'index.js'),
  });
});
afterAll(async () => {
  await connection.close();
  await temporal.stop();
  rmSync(folder, { recursive: true });
});

/** Invokes the function once, in a process of its own, as a cold start does. */
async function invoke(fixture: string): Promise<{ readonly answer?: unknown; readonly error?: string }> {
  const program = path.join(folder, 'invoke.js');
  const event = readFileSync(path.join(FIXTURES, fixture), 'utf8');
  writeFileSync(
    program,
    `const { handler } = require('./index.js');
     const print = (value) => process.stdout.write('ANSWER ' + JSON.stringify(value), () => process.exit());
     handler(${event}).then((answer) => print({ answer }), (error) => print({ error: error.message }));`,
  );
  const env = { PATH: process.env['PATH'], TEMPORAL_ADDRESS: temporal.address };
  const { stdout } = await run(process.execPath, [program], { cwd: folder, env });
  return JSON.parse(stdout.slice(stdout.indexOf('ANSWER ') + 7)) as { answer?: unknown; error?: string };
}

async function signals(pipeline: string): Promise<number> {
  const handle = new Client({ connection }).workflow.getHandle(workflowIds.intake(pipeline));
  const { events } = await handle.fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length;
}

test('each envelope of an event reaches the intake of its pipeline', async () => {
  const envelopes = [
    's3/created-put.json',
    'sns/s3-in-sns.json',
    'sqs/sns-in-sqs.json',
    'eventbridge/object-created.json',
    'sqs/eventbridge-in-sns-in-sqs.json',
  ];
  for (const [index, fixture] of envelopes.entries()) {
    expect(await invoke(fixture)).not.toHaveProperty('error');
    expect(await signals('flights')).toBe(index + 1);
  }
});

test('of a queue batch only the broken messages are given back, for another try and then the dead-letter queue', async () => {
  const { answer } = await invoke('sqs/one-broken-of-three.json');
  expect(answer).toEqual({
    batchItemFailures: [
      { itemIdentifier: '059f36b4-87a3-44ab-83d2-661975690001' },
      { itemIdentifier: '059f36b4-87a3-44ab-83d2-661975690002' },
    ],
  });
});

test('without Temporal every message of a queue batch is given back, and an event without a queue is an error', async () => {
  const { address } = temporal;
  temporal = { ...temporal, address: '127.0.0.1:1' };
  try {
    const { answer } = await invoke('sqs/s3-direct.json');
    expect((answer as { batchItemFailures: readonly unknown[] }).batchItemFailures.length).toBeGreaterThan(0);
    expect((await invoke('s3/created-put.json')).error).toContain('Temporal does not answer');
  } finally {
    temporal = { ...temporal, address };
  }
});
