// With the payload codec on, nothing that Millrace writes into a history can be read without the key.
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { randomBytes } from 'node:crypto';
import { createEncryptionCodec } from '../../src/codec/encryption-codec';
import { workerDataConverter } from '../../src/codec/worker-data-converter';
import { createKeyRing } from '../../src/codec/key-ring';
import { createCodecServer } from '../../src/codec/codec-server';
import { runProgressQuery } from '../../src/contracts/messages';
import { TASK_QUEUES } from '../../src/contracts/task-queues';
import type { pipelineRun } from '../../src/workflows';
import { permanent, stageStandIns } from '../support/stage-stand-ins';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

const SECRET = 'the-secret-of-row-17';
const ring = createKeyRing([{ id: 'k1', bytes: randomBytes(32) }]);
let harness: WorkflowHarness;
beforeAll(async () => {
  harness = await startWorkflowHarness(workerDataConverter(ring));
});
afterAll(() => harness.stop());

const start = (workflowId: string) =>
  harness.client.workflow.start<typeof pipelineRun>('pipelineRun', {
    workflowId,
    taskQueue: TASK_QUEUES.control,
    args: [{ pipeline: 'flights', trigger: 'manual' }],
    memo: { note: SECRET },
    staticSummary: SECRET,
  });

interface HistoryPayload {
  readonly metadata: Readonly<Record<string, string>>;
  readonly data?: string;
}

/** Every payload in a history's JSON, wherever it stands. */
function payloadsIn(value: unknown): HistoryPayload[] {
  if (typeof value !== 'object' || value === null) return [];
  const record = value as Record<string, unknown>;
  if (typeof record['metadata'] === 'object' && typeof record['data'] === 'string')
    return [record as unknown as HistoryPayload];
  return Object.entries(record).flatMap(([name, inner]) =>
    name === 'searchAttributes' ? [] : payloadsIn(inner),
  );
}

async function historyOf(workflowId: string): Promise<unknown> {
  const history = await harness.client.workflow.getHandle(workflowId).fetchHistory();
  return JSON.parse(historyToJSON(history)) as unknown;
}

function rootMessage(error: unknown): string {
  const { message, cause } = error as Error;
  return cause === undefined ? message : rootMessage(cause);
}

/** Text of a history with every base64 value opened, so that nothing can hide in it. */
function readable(history: unknown): string {
  return JSON.stringify(history, (name, value: unknown) =>
    name === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString('latin1') : value,
  );
}

test('a failed run leaves a history without plain text, and its clients read everything', async () => {
  const { activities } = stageStandIns({ validate: permanent('IntegrityError', SECRET) });
  const message = await harness.withWorkers(activities, async () => {
    const handle = await start('run/flights/encrypted');
    const failure: unknown = await handle.result().then(
      () => undefined,
      (error: unknown) => error,
    );
    const progress = await handle.query(runProgressQuery);
    expect(progress.stages.find(({ stage }) => stage === 'ingest')?.status).toBe('done');
    return rootMessage(failure);
  });
  expect(message).toContain(SECRET);

  const history = await historyOf('run/flights/encrypted');
  const payloads = payloadsIn(history);
  expect(payloads.length).toBeGreaterThan(10);
  for (const { metadata } of payloads) {
    expect(Buffer.from(metadata['encoding']!, 'base64').toString()).toBe('binary/encrypted');
    expect(Buffer.from(metadata['encryption-key-id']!, 'base64').toString()).toBe('k1');
  }
  const text = readable(history);
  for (const word of [SECRET, 's3://', 'manifest', 'stackTrace":"at', 'IntegrityError: '])
    expect(text).not.toContain(word);
});

test('the codec server opens what the history holds, for the allowed origin only', async () => {
  const { activities } = stageStandIns();
  await harness.withWorkers(activities, async () => (await start('run/flights/decoded')).result());
  const payloads = payloadsIn(await historyOf('run/flights/decoded'));
  const server = createCodecServer(createEncryptionCodec(ring), ['http://ui.test']);
  const decode = (origin: string) =>
    server.inject({ method: 'POST', url: '/decode', headers: { origin }, payload: { payloads } });

  const refused = await decode('http://elsewhere.test');
  expect(refused.statusCode).toBe(403);
  const answer = await decode('http://ui.test');
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['access-control-allow-origin']).toBe('http://ui.test');
  const opened = answer
    .json<{ payloads: HistoryPayload[] }>()
    .payloads.map(({ data }) => Buffer.from(data ?? '', 'base64').toString());
  expect(opened.join('\n')).toContain('"pipeline":"flights"');
  await server.close();
});
