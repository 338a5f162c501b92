import { findVictim } from '../support/faults/victims';
import { startTestStack, type TestStack } from '../support/millrace';
import { applyTrips, fingerprint, uploadTrips, waitForTrips } from '../support/trips';

/** Where each stage is hit: at the write that publishes it, or in the middle of its reading. */
const KILLS: Readonly<Record<string, string>> = {
  ingest: 'kill-after:open:raw/kill-ingest/*',
  validate: 'kill-before:createIfAbsent:quarantine/kill-validate/*',
  transform: 'kill-after:createIfAbsent:tables/kill-transform/clean/_delta_log/*',
  train: 'kill-after:createIfAbsent:models/kill-train/checkpoints/*',
  evaluate: 'kill-before:createIfAbsent:runs/kill-evaluate/stages/evaluate/*',
  register: 'kill-after:createIfAbsent:registry/kill-register/versions/*',
  deploy: 'kill-after:createIfAbsent:registry/kill-deploy/aliases/champion.json',
  backup: 'kill-after:copy:kill-backup/objects/*',
};
const FEED = { fromDay: 0, days: 20, tripsPerDay: 48, badEvery: 40 };

let stack: TestStack;
let undisturbed: unknown;

beforeAll(async () => {
  stack = await startTestStack({ faults: Object.values(KILLS).join(';') });
  undisturbed = await play('calm');
}, 240_000);
afterAll(() => stack.stop());

async function play(pipeline: string): Promise<unknown> {
  await applyTrips(stack, pipeline);
  await uploadTrips(stack, pipeline, 'trips.csv', FEED);
  const runs = await waitForTrips(stack, pipeline);
  expect(runs).toHaveLength(1);
  expect(runs[0]).toMatchObject({
    status: 'completed',
    summary: { verdict: 'promoted', rows: 960, quarantinedRows: 20 },
  });
  return fingerprint(stack, pipeline);
}

async function restarts(): Promise<number> {
  const { processes } = await stack.millrace(['status']);
  return (processes as readonly { restarts: number }[]).reduce((sum, { restarts: count }) => sum + count, 0);
}

test.each(Object.keys(KILLS))(
  'kill -9 of the worker in %s: the run ends by itself with the same published bytes, nothing twice',
  async (stage) => {
    const before = await restarts();
    expect(await play(`kill-${stage}`)).toEqual(undisturbed);
    expect(await restarts()).toBe(before + 1);
  },
  180_000,
);

test('kill -9 of the trainer: training resumes at its last checkpoint and ends with the same model', async () => {
  const pipeline = 'kill-trainer';
  const hunt = findVictim(stack.state, 'trainer', AbortSignal.timeout(60_000)).then((pid) => {
    if (pid === undefined) throw new Error('No trainer ran.');
    process.kill(pid, 'SIGKILL');
  });
  expect(await play(pipeline)).toEqual(undisturbed);
  await hunt;
}, 180_000);
