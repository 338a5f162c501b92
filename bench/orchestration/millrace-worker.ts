// A worker of its own process with the real workflows and interceptors; only the stages do nothing but note a visit.
import { NativeConnection, Worker } from '@temporalio/worker';
import { appendFileSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { TASK_QUEUES } from '../../src/contracts/task-queues';
import { activityInterceptor } from '../../src/workers/activity-interceptor';
import { stageStandIns } from '../../test/support/stage-stand-ins';
import { KILLED_STAGE, STAGE_ACTIVITIES } from './chain';

interface Asked {
  readonly pipeline?: string;
  readonly run?: { readonly pipeline: string };
}

async function main([address = '', base = '', bundle = '']: readonly string[]): Promise<void> {
  const standIns = stageStandIns().activities;
  const visiting = Object.entries(STAGE_ACTIVITIES).map(([stage, activity]) => [
    activity,
    async (input: never) => {
      await visit(stage, path.join(base, (input as Asked).pipeline ?? (input as Asked).run?.pipeline ?? ''));
      return standIns[activity]?.(input);
    },
  ]);
  const activities = { ...standIns, ...(Object.fromEntries(visiting) as typeof standIns) };
  const connection = await NativeConnection.connect({ address });
  const workers = await Promise.all(
    Object.values(TASK_QUEUES).map((taskQueue) =>
      Worker.create({
        connection,
        taskQueue,
        activities,
        interceptors: { activity: [(context) => ({ inbound: activityInterceptor(context) })] },
        stickyQueueScheduleToStartTimeout: '1s',
        maxHeartbeatThrottleInterval: '1s',
        defaultHeartbeatThrottleInterval: '1s',
        ...(taskQueue === TASK_QUEUES.control ? { workflowBundle: { codePath: bundle } } : {}),
      }),
    ),
  );
  await Promise.all(workers.map((worker) => worker.run()));
}

/** As peers/stages.py: with a file `wait` in the folder the first visit of the killed stage never ends. */
async function visit(stage: string, folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  appendFileSync(path.join(folder, 'visits'), `${stage} ${Date.now() / 1000} ${process.pid}\n`);
  const wait = path.join(folder, 'wait');
  if (stage !== KILLED_STAGE || !existsSync(wait)) return;
  rmSync(wait);
  await new Promise((resolve) => setTimeout(resolve, 3_600_000));
}

void main(process.argv.slice(2));
