import { createBackfillClient, type BackfillClient } from '../client/backfill-client';
import { connectClient } from '../client/connect';
import { createIntakeClient, type IntakeClient } from '../client/intake-client';
import { ensureReconcileSchedule, type ScheduleChange } from '../client/reconcile-schedule';
import { createRunClient, type RunClient } from '../client/run-client';
import { loadSettings, type Settings } from '../config/settings';
import { TEMPORAL_SERVICE_VARIABLES } from '../config/temporal-settings';
import { StackFailure } from '../dev/stack-failure';
import { stackPaths } from '../dev/stack-paths';
import { readStackEnvironment } from '../dev/stack-state';
import { createPlanLibrary, type PlanLibrary } from '../lake/plans';
import type { ObjectStore } from '../ports/object-store';
import { createClientStore } from '../workers/client-store';
import { createHint, type Hint } from './hint';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * What commands work with; connections are made when first asked for and closed by the command wrapper. All but
 * `stateDirectory`, `engine` and `hint` need services, and throw StackFailure `unreachable` when none are named.
 */
export interface CliSession {
  readonly stateDirectory: string;
  /** For DuckDB inside this process. */
  readonly engine: Settings['engine'];
  readonly hint: Hint;
  readonly settings: Settings;
  /** The environment, with the local stack's settings in it. */
  readonly variables: Variables;
  readonly store: ObjectStore;
  readonly plans: PlanLibrary;
  readonly runs: () => Promise<RunClient>;
  readonly intake: () => Promise<IntakeClient>;
  readonly backfills: () => Promise<BackfillClient>;
  /** Makes the schedule of a pipeline's reconciliation what its plan says. */
  readonly scheduleReconcile: (pipeline: string, everyMinutes: number) => Promise<ScheduleChange>;
  readonly close: () => Promise<void>;
}

interface Surroundings {
  readonly settings: Settings;
  readonly variables: Variables;
}

/**
 * Where things are: from the environment when it names a Temporal service, else from the local stack under
 * `stateDirectory`. Never from both: half of a stack and half of production would be the worst of mistakes. And
 * never from neither: defaults would be somebody's Amazon S3 (docs/reference/configuration.md).
 */
export function openSession(stateDirectory: string, environment: Variables): CliSession {
  const isNamed = TEMPORAL_SERVICE_VARIABLES.some((name) => (environment[name] ?? '') !== '');
  const stack = isNamed ? {} : readStackEnvironment(stateDirectory);
  const variables = isNamed ? environment : { ...withoutTemporal(environment), ...stack };
  const settings = loadSettings(variables);
  const hint = createHint(stateDirectory);
  const surroundings = (): Surroundings =>
    isNamed || Object.keys(stack).length > 0 ? { settings, variables } : noServices(stateDirectory, hint);
  return connections({ stateDirectory, engine: settings.engine, hint }, surroundings);
}

function connections(
  fixed: Pick<CliSession, 'stateDirectory' | 'engine' | 'hint'>,
  surroundings: () => Surroundings,
): CliSession {
  const settings = (): Settings => surroundings().settings;
  let store: ReturnType<typeof createClientStore> | undefined;
  let plans: PlanLibrary | undefined;
  let connection: ReturnType<typeof connectClient> | undefined;
  const openStore = (): ObjectStore => (store ??= createClientStore(settings()));
  const client = async (): Promise<Awaited<ReturnType<typeof connectClient>>['client']> =>
    (await (connection ??= connectClient(settings().temporal))).client;

  // Getters: a command that needs no services never touches them.
  return {
    ...fixed,
    get settings() {
      return settings();
    },
    get variables() {
      return surroundings().variables;
    },
    get store() {
      return openStore();
    },
    get plans() {
      return (plans ??= createPlanLibrary(openStore(), settings().lakeBucket));
    },
    runs: async () => createRunClient(await client()),
    intake: async () => createIntakeClient(await client()),
    backfills: async () => createBackfillClient(await client()),
    scheduleReconcile: async (pipeline, everyMinutes) =>
      ensureReconcileSchedule(await client(), pipeline, everyMinutes),
    close: async () => {
      store?.close();
      // A connection that never came up was already reported.
      await (await connection?.catch(() => undefined))?.close();
    },
  };
}

/** An API key or certificates of the shell are for another service than the local stack. */
function withoutTemporal(environment: Variables): Variables {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

function noServices(stateDirectory: string, hint: Hint): never {
  const { directory } = stackPaths(stateDirectory);
  throw new StackFailure(
    'unreachable',
    `No local stack under ${directory}: start one with \`${hint('up')}\`, or give --state DIR, or set TEMPORAL_ADDRESS (docs/reference/configuration.md)`,
  );
}
