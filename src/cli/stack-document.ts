import { settingsForStack } from '../dev/stack-state';
import { stackPaths } from '../dev/stack-paths';
import type { StackStatus } from '../dev/stack-status';

/** One process of the stack in the answers of `up`, `down` and `status`. */
interface ProcessDocument {
  readonly name: string;
  /** null while it does not run. */
  readonly pid: number | null;
  readonly state: string;
  /** How often it died and was started again since `up`. */
  readonly restarts: number;
  readonly log: string;
}

/** What `up` and `status` answer with `--json`; addresses are absent for a stack that was never started. */
export interface StackDocument {
  readonly running: boolean;
  readonly phase: string;
  /** Absolute path of the state folder. */
  readonly state: string;
  readonly supervisorPid: number | null;
  readonly temporal?: { readonly address: string; readonly namespace: string; readonly ui: string };
  readonly s3?: {
    readonly endpoint: string;
    readonly region: string;
    readonly bucket: string;
    readonly backupBucket: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  readonly serving?: { readonly url: string };
  readonly processes: readonly ProcessDocument[];
}

function addresses(
  status: StackStatus,
  stateDirectory: string,
): Pick<StackDocument, 'temporal' | 's3' | 'serving'> {
  if (!status.state) return {};
  const { ports, s3 } = status.state;
  const variables = settingsForStack(status.state, stateDirectory);
  const setting = (name: string): string => variables[name] ?? '';
  return {
    temporal: {
      address: setting('TEMPORAL_ADDRESS'),
      namespace: setting('TEMPORAL_NAMESPACE'),
      ui: `http://127.0.0.1:${ports.temporalUi}`,
    },
    s3: {
      endpoint: setting('AWS_ENDPOINT_URL_S3'),
      region: setting('AWS_REGION'),
      bucket: setting('MILLRACE_LAKE_BUCKET'),
      backupBucket: setting('MILLRACE_BACKUP_BUCKET'),
      ...s3,
    },
    serving: { url: setting('MILLRACE_SERVING_URL') },
  };
}

export function stackDocument(status: StackStatus, stateDirectory: string): StackDocument {
  return {
    running: status.supervisorPid !== undefined,
    phase: status.phase,
    state: stackPaths(stateDirectory).directory,
    supervisorPid: status.supervisorPid ?? null,
    ...addresses(status, stateDirectory),
    processes: status.processes.map(({ name, state, restarts, identity, log }) => ({
      name,
      pid: identity?.pid ?? null,
      state,
      restarts,
      log,
    })),
  };
}

/** Where to find everything, for people. */
export function describeAddresses({ temporal, s3, serving }: StackDocument): string {
  return [
    `  Temporal Web UI   ${temporal?.ui ?? '-'}`,
    `  Temporal          ${temporal?.address ?? '-'}`,
    `  Object store      ${s3?.endpoint ?? '-'}  (buckets ${s3?.bucket ?? '-'} and ${s3?.backupBucket ?? '-'})`,
    `  Inference server  ${serving?.url ?? '-'}`,
  ].join('\n');
}
