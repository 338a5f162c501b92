import { mkdir } from 'node:fs/promises';
import { ensureBuckets } from './buckets';
import type { ProcessSpec } from './process-spec';
import { inheritedVariables } from './process-variables';
import { millraceProcess } from './processes/millrace';
import { LOCAL_REGION, objectStoreProcess } from './processes/object-store';
import { temporalProcess } from './processes/temporal';
import { stackPaths } from './stack-paths';
import { settingsForStack, type StackState } from './stack-state';
import { requireTool } from './toolchain';

export interface StackContext {
  readonly state: StackState;
  readonly stateDirectory: string;
  /** Environment of the command that starts the stack. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Path under which the event receiver takes events; the token keeps other local users out. */
const receiverPath = (state: StackState): string => `/hooks/s3/${state.webhookToken}`;

/** Temporal and the object store, whose events go to the process called `receiver`. */
export async function serverProcesses(context: StackContext): Promise<{
  readonly temporal: ProcessSpec;
  readonly objectStore: ProcessSpec;
}> {
  const { state, stateDirectory } = context;
  const paths = stackPaths(stateDirectory);
  const variables = inheritedVariables(context.variables);
  const endpoint = `http://127.0.0.1:${state.ports.objectStore}`;
  return {
    temporal: temporalProcess({
      binary: (await requireTool('temporal', context.variables)).file,
      port: state.ports.temporal,
      uiPort: state.ports.temporalUi,
      databaseFile: paths.temporalDatabase,
      variables,
    }),
    objectStore: objectStoreProcess({
      binary: (await requireTool('versitygw', context.variables)).file,
      port: state.ports.objectStore,
      directory: paths.objectStore,
      ...state.s3,
      webhookUrl: `http://127.0.0.1:${state.ports.receiver}${receiverPath(state)}`,
      variables,
      needs: ['receiver'],
      afterReady: (signal) => ensureBuckets({ endpoint, region: LOCAL_REGION, ...state.s3 }, signal),
    }),
  };
}

interface OwnProcess {
  readonly stateDirectory: string;
  readonly variables: Readonly<Record<string, string>>;
}

function workerProcess(name: string, queues: readonly string[], own: OwnProcess): ProcessSpec {
  return millraceProcess({
    name,
    args: ['worker', '--queues', queues.join(',')],
    readiness: { kind: 'log-line', text: 'worker ready' },
    needs: ['temporal', 'object-store'],
    ...own,
  });
}

function servingProcess(port: number, own: OwnProcess): ProcessSpec {
  return millraceProcess({
    name: 'serving',
    args: ['serve', '--port', String(port)],
    readiness: { kind: 'http', url: `http://127.0.0.1:${port}/v2/health/live` },
    needs: ['object-store'],
    ...own,
  });
}

/** The processes of `millrace up`. @throws StackFailure `missing-tool` when a server is not installed. */
export async function localStackProcesses(context: StackContext): Promise<readonly ProcessSpec[]> {
  const { state, stateDirectory } = context;
  const { temporal, objectStore } = await serverProcesses(context);
  const own: OwnProcess = {
    stateDirectory: stackPaths(stateDirectory).directory,
    variables: { ...inheritedVariables(context.variables), ...settingsForStack(state, stateDirectory) },
  };
  await mkdir(stackPaths(stateDirectory).scratch, { recursive: true });
  const receiver = millraceProcess({
    name: 'receiver',
    args: ['receiver', '--port', String(state.ports.receiver), '--path', receiverPath(state)],
    readiness: { kind: 'tcp', port: state.ports.receiver },
    needs: ['temporal'],
    ...own,
  });
  return [
    temporal,
    receiver,
    objectStore,
    workerProcess('worker', ['millrace', 'millrace-serve'], own),
    workerProcess('data-worker', ['millrace-data'], own),
    workerProcess('train-worker', ['millrace-train'], own),
    servingProcess(state.ports.serving, own),
  ];
}
