import { connectClient } from '../../src/client/connect';
import { loadTemporalSettings } from '../../src/config/temporal-settings';
import { TASK_QUEUES } from '../../src/contracts/task-queues';
import type { WorkflowHandle } from '@temporalio/client';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTemporal } from '../../test/support/local-servers';
import { REPOSITORY } from '../../test/support/millrace';
import { KILLED_STAGE, STAGE_ACTIVITIES, type SystemResult } from './chain';

const WORKER = path.join(__dirname, 'millrace-worker.js');
const BUNDLE = path.join(REPOSITORY, 'dist', 'workflow-bundle.js');

interface Visit {
  readonly stage: string;
  readonly atMs: number;
}

interface System {
  readonly base: string;
  readonly start: (pipeline: string) => Promise<WorkflowHandle>;
  /** `kill -9`, and a new worker at once. */
  readonly replaceWorker: () => void;
}

/** The chain on Millrace's own workflows: the counterpart of peers/measure_*.py. */
export async function measureMillrace(runs: number): Promise<SystemResult> {
  const temporal = await startTemporal();
  const base = mkdtempSync(path.join(tmpdir(), 'chain-'));
  const startWorker = (): ChildProcess =>
    spawn(process.execPath, [WORKER, temporal.address, base, BUNDLE], { stdio: 'ignore' });
  let worker = startWorker();
  const { client, close } = await connectClient(loadTemporalSettings({ TEMPORAL_ADDRESS: temporal.address }));
  const system: System = {
    base,
    start: (pipeline) =>
      client.workflow.start('pipelineRun', {
        workflowId: `run/${pipeline}/1`,
        taskQueue: TASK_QUEUES.control,
        args: [{ pipeline, trigger: 'manual' }],
      }),
    replaceWorker: () => {
      worker.kill('SIGKILL');
      worker = startWorker();
    },
  };
  try {
    return {
      system: 'millrace',
      settings: { database: 'SQLite', execution: 'one worker process', retries: 'as in production' },
      runSeconds: await measureRuns(system, runs),
      kill: await measureKill(system),
    };
  } finally {
    worker.kill('SIGKILL');
    await close();
    await temporal.stop();
    rmSync(base, { recursive: true, force: true });
  }
}

async function measureRuns({ start }: System, runs: number): Promise<readonly number[]> {
  const seconds: number[] = [];
  for (let number = 0; number <= runs; number += 1) {
    const startedMs = performance.now();
    await (await start(`chain-${number}`)).result();
    // The first one warms up.
    if (number > 0) seconds.push((performance.now() - startedMs) / 1000);
  }
  return seconds;
}

async function measureKill({ base, start, replaceWorker }: System): Promise<SystemResult['kill']> {
  const folder = path.join(base, 'killed');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'wait'), '');
  const handle = await start('killed');
  while (!visits(folder).some(({ stage }) => stage === KILLED_STAGE)) await sleep(50);
  await sleep(1_000);
  const before = visits(folder).length;
  const killedMs = Date.now();
  replaceWorker();
  await handle.result();
  const all = visits(folder);
  const timesVisited = (name: string): number => all.filter(({ stage }) => stage === name).length;
  return {
    resumedByItself: true,
    secondsToResume: ((all[before]?.atMs ?? Number.NaN) - killedMs) / 1000,
    stagesDoneAgain: Object.keys(STAGE_ACTIVITIES).filter(
      (name) => name !== KILLED_STAGE && timesVisited(name) > 1,
    ),
    endedAs: 'done',
    secondsWaited: (Date.now() - killedMs) / 1000,
  };
}

function visits(folder: string): readonly Visit[] {
  try {
    const lines = readFileSync(path.join(folder, 'visits'), 'utf8').trimEnd().split('\n');
    return lines.map((line) => ({
      stage: line.split(' ')[0] ?? '',
      atMs: Number(line.split(' ')[1]) * 1000,
    }));
  } catch {
    return [];
  }
}
