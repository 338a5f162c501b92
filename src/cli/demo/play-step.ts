import { setTimeout as sleep } from 'node:timers/promises';
import type { RunInfo } from '../../client/run-client';
import { fileBody } from '../../lake/streams';
import { CommandError } from '../command';
import { EXIT_CODES } from '../exit-codes';
import type { CliSession } from '../session';
import type { DemoStep } from './script';

const PIPELINE = 'flights';
const POLL_MS = 150;
const STEP_TIMEOUT_MS = 180_000;

export interface PlayedStep {
  readonly step: DemoStep;
  readonly run: RunInfo;
  /** From the upload to the end of the run. */
  readonly seconds: number;
}

export interface StepHooks {
  readonly onStage: (text: string) => void;
  /** SIGKILL for the data worker's process. */
  readonly killDataWorker: () => void;
}

/** Uploads one file and waits for the run that this triggers by itself. */
export async function playStep(session: CliSession, step: DemoStep, hooks: StepHooks): Promise<PlayedStep> {
  const client = await session.runs();
  const before = new Set((await client.list(PIPELINE)).map(({ runId }) => runId));
  const startedMs = performance.now();
  await session.store.put(
    { bucket: session.settings.lakeBucket, key: `raw/${PIPELINE}/2013-${step.month}.csv` },
    await fileBody(step.file),
  );

  let killed = !step.killDataWorker;
  for (;;) {
    const run = (await client.list(PIPELINE)).find(({ runId }) => !before.has(runId));
    if (run && run.status !== 'running')
      return { step, run, seconds: (performance.now() - startedMs) / 1000 };
    if (run) {
      const stage = await runningStage(session, run.workflowId);
      hooks.onStage(stage);
      if (!killed && stage === 'transform') {
        hooks.killDataWorker();
        killed = true;
      }
    }
    if (performance.now() - startedMs > STEP_TIMEOUT_MS) {
      throw new CommandError(
        EXIT_CODES.failed,
        `Month ${step.month}: ${run ? `${run.workflowId} did not end` : 'no run started'} within ${STEP_TIMEOUT_MS / 1000} s`,
      );
    }
    await sleep(POLL_MS);
  }
}

async function runningStage(session: CliSession, workflowId: string): Promise<string> {
  const { stages } = await (await session.runs()).progress(workflowId);
  return stages.find(({ status }) => status === 'running')?.stage ?? '';
}
