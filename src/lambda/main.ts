import { connectClient } from '../client/connect';
import { createIntakeClient, type IntakeClient } from '../client/intake-client';
import { loadSettings, type Settings } from '../config/settings';
import { coalesceSignals } from './coalesce-signals';
import { createHandler, type S3EventHandler } from './handler';
import { createJsonLogger } from './logger';

type Variables = Readonly<Record<string, string | undefined>>;

type Signaller = Pick<IntakeClient, 'signalObjects'>;

interface LambdaDeps {
  readonly connect: (temporal: Settings['temporal']) => Promise<Signaller>;
  readonly write: (line: string) => void;
  /** @default 0 */
  readonly summaryEveryMs?: number;
}

const REAL: LambdaDeps = {
  connect: async (temporal) => createIntakeClient((await connectClient(temporal)).client),
  write: (line) => {
    process.stdout.write(line);
  },
};

/**
 * The function for AWS Lambda. The connection outlives an invocation: a warm function pays for it once.
 *
 * @throws Error for bad environment variables, so that a wrong deployment fails at its start.
 */
export function createLambdaHandler(variables: Variables, options: Partial<LambdaDeps> = {}): S3EventHandler {
  const deps = { ...REAL, ...options };
  const settings = loadSettings(variables);
  let connecting: Promise<Signaller> | undefined;
  const intake = (): Promise<Signaller> =>
    (connecting ??= deps.connect(settings.temporal).catch((error: unknown) => {
      // The next invocation tries again instead of inheriting the failure.
      connecting = undefined;
      throw error;
    }));
  return createHandler({
    signalIntake: coalesceSignals(async (pipeline, hints) => (await intake()).signalObjects(pipeline, hints)),
    logger: createJsonLogger(deps.write),
    lakeBucket: settings.lakeBucket,
    ...(deps.summaryEveryMs === undefined ? {} : { summaryEveryMs: deps.summaryEveryMs }),
  });
}

export const handler: S3EventHandler = createLambdaHandler(process.env);
