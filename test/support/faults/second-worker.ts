import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { PROGRAM, REPOSITORY, type TestStack } from '../millrace';

/** One more worker of a stack, beside its own; returns once it says something. The caller kills it. */
export async function startSecondWorker(
  { state }: Pick<TestStack, 'state'>,
  queues: string,
  variables: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const worker = spawn(process.execPath, [PROGRAM, 'worker', '--queues', queues, '--state', state], {
    cwd: REPOSITORY,
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(worker.stdout, 'data');
  return worker;
}
