// A run is cancelled in the middle of every step that has effects. Real server and workflows; the steps are stand-ins,
// once such as stop when they are asked to, once such as finish all the same.
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledFailure, Context } from '@temporalio/activity';
import { createRunClient, type RunInfo } from '../../src/client/run-client';
import type { RecordRunInput } from '../../src/contracts/activities/control';
import { TASK_QUEUES } from '../../src/contracts/task-queues';
import { STAGES, type Stage } from '../../src/domain/stage';
import { stageStandIns } from '../support/stage-stand-ins';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

const AFTER_CANCELLATION = ['recordRun', 'publishReport'];

/** Each step with effects, its stage, and what has to be undone. */
const STEPS: readonly { readonly step: string; readonly stage: Stage; readonly undo: readonly string[] }[] = [
  { step: 'ingest', stage: 'ingest', undo: [] },
  { step: 'validate', stage: 'validate', undo: [] },
  { step: 'transform', stage: 'transform', undo: [] },
  { step: 'train', stage: 'train', undo: [] },
  { step: 'evaluate', stage: 'evaluate', undo: [] },
  { step: 'register', stage: 'register', undo: [] },
  { step: 'loadModel', stage: 'deploy', undo: [] },
  { step: 'checkModel', stage: 'deploy', undo: ['restoreModel'] },
  { step: 'activateModel', stage: 'deploy', undo: ['restoreModel'] },
  { step: 'backup', stage: 'backup', undo: [] },
];

let harness: WorkflowHarness;
beforeAll(async () => {
  harness = await startWorkflowHarness();
});
afterAll(() => harness.stop());

interface Played {
  readonly info: RunInfo;
  /** Activities that began after the cancelled one. */
  readonly later: readonly string[];
  readonly recorded: readonly string[];
}

async function cancelIn(step: string, heeds: boolean): Promise<Played> {
  const recorded: string[] = [];
  let reached = (): void => undefined;
  const inStep = new Promise<void>((resolve) => (reached = resolve));
  const good = stageStandIns().activities;
  const { activities, calls } = stageStandIns({
    [step]: async (input: never) => {
      reached();
      await (heeds ? Context.current().cancelled.catch(stopped) : sleep(1_500));
      return good[step]?.(input);
    },
    recordRun: ({ summary }: RecordRunInput) => {
      recorded.push(summary.verdict);
      return Promise.resolve();
    },
  });
  const workflowId = `run/flights/cancel-${step}-${String(heeds)}`;
  await harness.withWorkers(activities, async () => {
    const handle = await harness.client.workflow.start('pipelineRun', {
      workflowId,
      taskQueue: TASK_QUEUES.control,
      args: [{ pipeline: 'flights' }],
    });
    await inStep;
    await handle.cancel();
    await handle.result().catch(() => undefined);
  });
  const info = await createRunClient(harness.client).find(workflowId);
  if (!info) throw new Error('No run');
  return { info, later: calls.slice(calls.indexOf(step) + 1), recorded };
}

/** As every activity of ours ends when its signal aborts. */
function stopped(): never {
  throw new CancelledFailure('stopped');
}

describe.each(STEPS)('cancelled in $step', ({ step, stage, undo }) => {
  test.each([
    ['that stops', true],
    ['that finishes all the same', false],
  ])(
    '%s: undone, recorded as cancelled, nothing later begins',
    async (_how, heeds) => {
      const { info, later, recorded } = await cancelIn(step, heeds);
      expect(later).toEqual([...undoOf(step, heeds, undo), ...AFTER_CANCELLATION]);
      expect(recorded).toEqual(['cancelled']);
      expect(info).toMatchObject({ status: 'cancelled', summary: { verdict: 'cancelled' } });
      const at = STAGES.indexOf(stage);
      const statuses = info.summary?.stages.map(({ status }) => status) ?? [];
      expect(statuses.slice(0, at)).toEqual(STAGES.slice(0, at).map(() => 'done'));
      // The one that was next is told so when the cancelled one finished all the same.
      expect(
        statuses.slice(at + 1).filter((status) => status !== 'waiting' && status !== 'cancelled'),
      ).toEqual([]);
    },
    60_000,
  );
});

/** A model that was loaded although it was to stop is taken back as well. */
function undoOf(step: string, heeds: boolean, undo: readonly string[]): readonly string[] {
  return step === 'loadModel' && !heeds ? ['restoreModel'] : undo;
}
