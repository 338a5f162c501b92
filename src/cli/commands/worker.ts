import type { Command } from 'commander';
import { TASK_QUEUES, type TaskQueueName } from '../../contracts/task-queues';
import { runReceiver } from '../../workers/receiver';
import { runWorkers } from '../../workers/run-worker';
import { reportEventLoop } from '../../workers/event-loop-watch';
import { startServing } from '../../workers/serving';
import { DEFAULT_DEPLOYMENT_NAME } from '../../workers/worker-version';
import { commandAction, CommandError } from '../command';
import { EXIT_CODES } from '../exit-codes';
import { parsePort, untilStopped } from '../process-command';

interface WorkerCommandOptions {
  readonly queues: string;
  readonly buildId?: string;
  readonly deployment: string;
}

const ALL_QUEUES = Object.values(TASK_QUEUES);

/** The long-running processes; each prints one stable line when it is ready, so that scripts can wait for it. */
export function registerProcesses(program: Command): void {
  registerWorker(program);
  registerServe(program);
  registerReceiver(program);
}

function registerWorker(program: Command): void {
  program
    .command('worker')
    .description('run a worker until SIGTERM')
    .option(
      '--queues <names>',
      `comma-separated task queues out of ${ALL_QUEUES.join(', ')}`,
      ALL_QUEUES.join(','),
    )
    .option(
      '--build-id <id>',
      'take part in a Worker Deployment as this build: runs stay with the build they began on',
    )
    .option('--deployment <name>', 'name of the Worker Deployment', DEFAULT_DEPLOYMENT_NAME)
    .action(
      commandAction(async ({ settings }, _output, options: WorkerCommandOptions) => {
        const queues = parseQueues(options.queues);
        const { buildId, deployment } = options;
        const version = buildId === undefined ? undefined : { deploymentName: deployment, buildId };
        let reportEnd: (() => void) | undefined;
        const onReady = (): void => {
          process.stdout.write(`worker ready [queues=${queues.join(',')}]\n`);
          reportEnd = reportEventLoop('worker');
        };
        await runWorkers(queues, settings, onReady, version);
        reportEnd?.();
        return { document: { stopped: true }, text: 'worker stopped' };
      }),
    );
}

function registerServe(program: Command): void {
  program
    .command('serve')
    .description('run the inference server until SIGTERM')
    .option('--port <port>', 'loopback port', '8080')
    .action(
      commandAction(async ({ settings }, _output, options: { port: string }) => {
        const server = await startServing(settings, parsePort(options.port));
        process.stdout.write(`serving ready [port=${options.port}]\n`);
        const reportEnd = reportEventLoop('serving');
        await untilStopped();
        await server.close();
        reportEnd();
        return { document: { stopped: true }, text: 'serving stopped' };
      }),
    );
}

function registerReceiver(program: Command): void {
  program
    .command('receiver')
    .description('receive the local object store’s event notifications until SIGTERM')
    .requiredOption('--port <port>', 'loopback port')
    .requiredOption('--path <path>', 'secret path that the store posts to')
    .action(
      commandAction(async ({ variables }, _output, options: { port: string; path: string }) => {
        const receiver = await runReceiver(variables, {
          port: parsePort(options.port),
          path: options.path,
        });
        process.stdout.write(`receiver ready [port=${options.port}]\n`);
        const reportEnd = reportEventLoop('receiver');
        await untilStopped();
        await receiver.close();
        reportEnd();
        return { document: { stopped: true }, text: 'receiver stopped' };
      }),
    );
}

function parseQueues(text: string): readonly TaskQueueName[] {
  return text.split(',').map((name) => {
    const queue = ALL_QUEUES.find((known) => known === name.trim());
    if (queue) return queue;
    throw new CommandError(
      EXIT_CODES.usage,
      `Unknown task queue "${name}": expected ${ALL_QUEUES.join(', ')}`,
    );
  });
}
