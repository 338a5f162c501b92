// A worker of its own process: the real intake workflow, whose batches stay open, so that nothing but the way in works.
import { NativeConnection, Worker } from '@temporalio/worker';
import { TASK_QUEUES } from '../../src/contracts/task-queues';
import { stageStandIns } from '../../test/support/stage-stand-ins';

const NEVER_QUIET = { maxObjects: 1e6, maxBytes: 1e12, quietSeconds: 86_400 };

async function main([address = '', bundle = '']: readonly string[]): Promise<void> {
  const { activities } = stageStandIns({
    readIntakeSettings: () => Promise.resolve({ planDigest: 'p'.repeat(64), batch: NEVER_QUIET }),
  });
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address }),
    taskQueue: TASK_QUEUES.control,
    activities: { ...activities },
    workflowBundle: { codePath: bundle },
    stickyQueueScheduleToStartTimeout: '1s',
  });
  process.stdout.write('ready\n');
  await worker.run();
}

void main(process.argv.slice(2));
