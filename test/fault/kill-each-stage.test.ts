import { strikeDown } from '../support/faults/victims';
import { startTestStack, type TestStack } from '../support/millrace';
import { fingerprint, landTrips, promotedRun } from '../support/trips';

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

let stack: TestStack;
let undisturbed: unknown;

beforeAll(async () => {
  stack = await startTestStack({ faults: Object.values(KILLS).join(';') });
  undisturbed = await play('calm');
}, 240_000);
afterAll(() => stack.stop());

async function play(pipeline: string): Promise<unknown> {
  await landTrips(stack, pipeline);
  const { summary } = await promotedRun(stack, pipeline);
  expect(summary).toMatchObject({ rows: 960, quarantinedRows: 20 });
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
  const hunt = strikeDown(stack.state, 'trainer');
  expect(await play(pipeline)).toEqual(undisturbed);
  await hunt;
}, 180_000);
