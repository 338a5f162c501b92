import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ProcessSpec } from '../process-spec';

/** The region that the local object store signs for. */
export const LOCAL_REGION = 'us-east-1';

const EVENT_FILTER = { 's3:ObjectCreated:*': true, 's3:ObjectRemoved:*': true };

export interface ObjectStoreOptions {
  readonly binary: string;
  readonly port: number;
  /** Holds objects, old versions, users, the access log and the event filter. */
  readonly directory: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Where events go. It has to answer before the store starts: versitygw posts a test event and else gives up. */
  readonly webhookUrl?: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly needs?: readonly string[];
  readonly afterReady?: (signal: AbortSignal) => Promise<void>;
}

async function prepareDirectories(directory: string): Promise<void> {
  for (const name of ['objects', 'versions', 'iam'])
    await mkdir(path.join(directory, name), { recursive: true });
  await chmod(path.join(directory, 'iam'), 0o700);
  await writeFile(path.join(directory, 'event-filter.json'), JSON.stringify(EVENT_FILTER));
}

function objectStoreArguments(options: ObjectStoreOptions): string[] {
  const inside = (name: string): string => path.join(options.directory, name);
  return [
    ...['--port', `127.0.0.1:${options.port}`, '--region', LOCAL_REGION, '--keep-alive', '--quiet'],
    ...['--health', '/health', '--iam-dir', inside('iam'), '--access-log', inside('access.log')],
    ...(options.webhookUrl
      ? ['--event-webhook-url', options.webhookUrl, '--event-filter', inside('event-filter.json')]
      : []),
    ...['posix', '--versioning-dir', inside('versions'), inside('objects')],
  ];
}

/** versitygw on loopback over a plain folder, with versioning, object lock and webhook events. */
export function objectStoreProcess(options: ObjectStoreOptions): ProcessSpec {
  return {
    name: 'object-store',
    command: options.binary,
    args: objectStoreArguments(options),
    variables: {
      ...options.variables,
      ROOT_ACCESS_KEY_ID: options.accessKeyId,
      ROOT_SECRET_ACCESS_KEY: options.secretAccessKey,
    },
    readiness: { kind: 'http', url: `http://127.0.0.1:${options.port}/health` },
    needs: options.needs ?? [],
    prepare: () => prepareDirectories(options.directory),
    ...(options.afterReady ? { afterReady: options.afterReady } : {}),
  };
}
