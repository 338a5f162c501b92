import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { readJson, writePrivateJson } from './private-file';
import { LOCAL_REGION } from './processes/object-store';
import { StackFailure } from './stack-failure';
import { PROJECT_ROOT, stackPaths } from './stack-paths';
import { choosePorts } from './stack-ports';

const FORMAT = 1;
const port = z.number().int().min(1).max(65_535);

const stackState = z.object({
  format: z.literal(FORMAT),
  ports: z.object({
    temporal: port,
    temporalUi: port,
    objectStore: port,
    receiver: port,
    serving: port,
  }),
  s3: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  adminToken: z.string(),
  webhookToken: z.string(),
});

/** What a local stack keeps over `down` and `up`, in `stack.json` (mode 0600: it holds the generated secrets). */
export type StackState = z.infer<typeof stackState>;

/** The state under this folder, or undefined when no stack was ever started there. */
export function readStackState(stateDirectory: string): StackState | undefined {
  const file = stackPaths(stateDirectory).state;
  const content = readJson(file);
  if (content === undefined) return undefined;
  const parsed = stackState.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new StackFailure(
    'refused',
    `${file} was not made by this version of Millrace [format=${FORMAT}]: use another --state folder`,
  );
}

/** Reads the state, or makes it with new secrets; settles the ports for this start and writes them down. */
export async function prepareStackState(
  stateDirectory: string,
  portBase: number | undefined,
): Promise<StackState> {
  const before = readStackState(stateDirectory);
  const state: StackState = {
    format: FORMAT,
    ports: await choosePorts(before?.ports, portBase),
    s3: before?.s3 ?? {
      accessKeyId: `millrace${randomBytes(6).toString('hex')}`,
      secretAccessKey: randomBytes(30).toString('base64url'),
    },
    adminToken: before?.adminToken ?? randomBytes(24).toString('base64url'),
    webhookToken: before?.webhookToken ?? randomBytes(24).toString('base64url'),
  };
  writePrivateJson(stackPaths(stateDirectory).state, state);
  return state;
}

/** The environment variables of `src/config/settings.ts` that point at this stack. */
export function settingsForStack(state: StackState, stateDirectory: string): Record<string, string> {
  return {
    TEMPORAL_ADDRESS: `127.0.0.1:${state.ports.temporal}`,
    TEMPORAL_NAMESPACE: 'default',
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${state.ports.objectStore}`,
    AWS_REGION: LOCAL_REGION,
    AWS_ACCESS_KEY_ID: state.s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: state.s3.secretAccessKey,
    MILLRACE_LAKE_BUCKET: 'lake',
    MILLRACE_BACKUP_BUCKET: 'backup',
    MILLRACE_SERVING_URL: `http://127.0.0.1:${state.ports.serving}`,
    MILLRACE_ADMIN_TOKEN: state.adminToken,
    MILLRACE_SCRATCH_DIR: stackPaths(stateDirectory).scratch,
    MILLRACE_TRAINER_PYTHON: path.join(PROJECT_ROOT, 'trainer', '.venv', 'bin', 'python'),
    MILLRACE_TRAINER_DIR: path.join(PROJECT_ROOT, 'trainer'),
  };
}

/** {@link settingsForStack} of the stack under this folder; empty when no stack was ever started there. */
export function readStackEnvironment(stateDirectory: string): Record<string, string> {
  const state = readStackState(stateDirectory);
  return state ? settingsForStack(state, stateDirectory) : {};
}
