import { connectClient } from '../client/connect';
import { createIntakeClient, type IntakeClient } from '../client/intake-client';
import { createRunClient, type RunClient } from '../client/run-client';
import { loadSettings, type Settings } from '../config/settings';
import { readStackEnvironment } from '../dev/stack-state';
import { createPlanLibrary, type PlanLibrary } from '../lake/plans';
import type { ObjectStore } from '../ports/object-store';
import { createStore } from '../workers/dependencies';

/** What commands work with; connections are made when first asked for and closed by the command wrapper. */
export interface CliSession {
  readonly stateDirectory: string;
  readonly settings: Settings;
  readonly store: ObjectStore;
  readonly plans: PlanLibrary;
  readonly runs: () => Promise<RunClient>;
  readonly intake: () => Promise<IntakeClient>;
  readonly close: () => Promise<void>;
}

/**
 * Where things are: from the environment when it names a Temporal server, else from the local stack under
 * `stateDirectory`. Never from both: half of a stack and half of production would be the worst of mistakes
 * (docs/reference/configuration.md).
 */
export function openSession(
  stateDirectory: string,
  environment: Readonly<Record<string, string | undefined>>,
): CliSession {
  const stack = environment['TEMPORAL_ADDRESS'] === undefined ? readStackEnvironment(stateDirectory) : {};
  const settings = loadSettings({ ...environment, ...stack });
  const store = createStore({ ...settings, faults: '' });
  let connection: ReturnType<typeof connectClient> | undefined;
  const client = async (): Promise<Awaited<ReturnType<typeof connectClient>>['client']> =>
    (await (connection ??= connectClient(settings.temporal))).client;

  return {
    stateDirectory,
    settings,
    store,
    plans: createPlanLibrary(store, settings.lakeBucket),
    runs: async () => createRunClient(await client()),
    intake: async () => createIntakeClient(await client()),
    close: async () => {
      // A connection that never came up was already reported.
      await (await connection?.catch(() => undefined))?.close();
    },
  };
}
