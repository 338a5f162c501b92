import type { DeployActivities, DeployInput } from '../contracts/activities/stages';
import { readAlias, swapAlias } from '../lake/registry';
import { PermanentFailure, TransientFailure } from '../ports/failures';
import type { ObjectStore } from '../ports/object-store';
import type { GoldenCheck, ServingAdmin } from '../ports/serving-admin';

export interface DeployDependencies {
  readonly store: ObjectStore;
  readonly lakeBucket: string;
  readonly serving: ServingAdmin;
}

/** How the registry says that an alias points at nothing. */
const NO_VERSION = 0;

/**
 * The steps that bring a version live. Each may be repeated from its start: loading, switching and moving the alias
 * to where things already are change nothing.
 */
export function createDeployActivities({ store, lakeBucket, serving }: DeployDependencies): DeployActivities {
  const championOf = async (pipeline: string): Promise<number | undefined> =>
    (await readAlias(store, lakeBucket, pipeline, 'champion'))?.version;
  const moveChampion = (pipeline: string, from: number | undefined, to: number | undefined): Promise<void> =>
    swapAlias(store, lakeBucket, pipeline, 'champion', to ?? NO_VERSION, from ?? NO_VERSION);

  return {
    loadModel: async ({ pipeline, version }) => {
      const previousVersion = await championOf(pipeline);
      await serving.load(pipeline, version);
      return previousVersion === undefined ? {} : { previousVersion };
    },
    checkModel: (input) => checkGolden(serving, input),
    activateModel: async (input) => {
      requireUnchanged(input, await championOf(input.pipeline));
      await serving.activate(input.pipeline, input.version);
      await checkGolden(serving, input);
      // After the probe, because a restarted server serves what the alias names: only what has proved itself.
      await moveChampion(input.pipeline, input.expectedChampion, input.version);
      // After the alias, because a server that was restarted before it serves the previous version.
      await requireLive(serving, input);
    },
    restoreModel: async ({ pipeline, version, previousVersion }) => {
      const standing = await championOf(pipeline);
      const champion = standing === version ? previousVersion : standing;
      // First, so that a server that is down or restarts meanwhile comes back with the right version.
      if (champion !== standing) await moveChampion(pipeline, standing, champion);
      const { liveVersion } = await serving.status(pipeline);
      // Otherwise it never was live, or is no longer: another deployment is not ours to undo.
      if (liveVersion !== version || champion === version) return;
      if (champion === undefined) await serving.deactivate(pipeline);
      else await serving.activate(pipeline, champion);
    },
  };
}

/** The gate compared with the version that was live then; against another one its decision says nothing. */
function requireUnchanged(
  { pipeline, version, expectedChampion }: DeployInput,
  champion: number | undefined,
): void {
  // Our own version: an earlier attempt came this far.
  if (champion === expectedChampion || champion === version) return;
  throw new PermanentFailure(
    'DeployCheckFailed',
    `Another model went live meanwhile: expected ${expectedChampion ?? 'none'}, got ${champion ?? 'none'}; ` +
      'run the pipeline again to compare with that one',
    { pipeline, version },
  );
}

async function checkGolden(serving: ServingAdmin, input: DeployInput): Promise<GoldenCheck> {
  const { pipeline, version, goldenTolerance } = input;
  const check = await serving.checkGolden(pipeline, version);
  // Written so that a difference that is no number fails too; JSON turns an infinite one into null.
  if (typeof check.maxDifference === 'number' && check.maxDifference <= goldenTolerance) return check;
  throw new PermanentFailure(
    'DeployCheckFailed',
    `Served predictions differ from the golden ones: expected at most ${goldenTolerance}, got ${String(check.maxDifference)}`,
    { pipeline, version, goldenRows: check.rows },
  );
}

/** A retry activates again. */
async function requireLive(serving: ServingAdmin, { pipeline, version }: DeployInput): Promise<void> {
  const { liveVersion } = await serving.status(pipeline);
  if (liveVersion === version) return;
  throw new TransientFailure(
    'ServingUnavailable',
    `Another version is live after the switch: expected ${version}, got ${liveVersion ?? 'none'}`,
    { pipeline },
  );
}
