// A foreground `millrace up` with the real Temporal and object store; small Node scripts stand in for our own
// processes, which have tests of their own.
import { parseArgs } from 'node:util';
import { runUp } from '../../../src/cli/commands/up';
import { withStopSignal } from '../../../src/cli/stop-signal';
import { serverProcesses, type StackContext } from '../../../src/dev/local-stack';
import type { ProcessSpec } from '../../../src/dev/process-spec';
import { inheritedVariables } from '../../../src/dev/process-variables';

const ANSWER_200 = `require('node:http').createServer((_, answer) => answer.end()).listen(PORT, '127.0.0.1')`;
const PRINT_READY = `console.log('worker ready [queues=millrace]'); setInterval(() => {}, 1000)`;

function standIn(name: string, script: string, rest: Pick<ProcessSpec, 'readiness' | 'needs'>): ProcessSpec {
  return {
    name,
    command: process.execPath,
    args: ['-e', script],
    variables: inheritedVariables(process.env),
    ...rest,
  };
}

export async function standInProcesses(context: StackContext): Promise<readonly ProcessSpec[]> {
  const { temporal, objectStore } = await serverProcesses(context);
  const { receiver, serving } = context.state.ports;
  return [
    temporal,
    standIn('receiver', ANSWER_200.replace('PORT', String(receiver)), {
      readiness: { kind: 'tcp', port: receiver },
      needs: ['temporal'],
    }),
    objectStore,
    standIn('worker', PRINT_READY, {
      readiness: { kind: 'log-line', text: 'worker ready' },
      needs: ['temporal', 'object-store'],
    }),
    standIn('serving', ANSWER_200.replace('PORT', String(serving)), {
      readiness: { kind: 'http', url: `http://127.0.0.1:${serving}/v2/health/live` },
      needs: ['object-store'],
    }),
  ];
}

async function upWithStandIns(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { state: { type: 'string' }, 'port-base': { type: 'string' } },
  });
  process.exitCode = await withStopSignal((signal) =>
    runUp(
      {
        state: values.state ?? '.millrace',
        ...(values['port-base'] ? { portBase: values['port-base'] } : {}),
      },
      { stdout: process.stdout, stderr: process.stderr, variables: process.env, signal },
      { processes: standInProcesses, supervisorCommand: [process.execPath, __filename] },
    ),
  );
}

if (require.main === module) void upWithStandIns(process.argv.slice(2));
