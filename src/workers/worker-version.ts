import type { WorkerOptions } from '@temporalio/worker';

/** Which build a worker runs: runs that began on a build stay with it (pinned) until they end. */
export interface WorkerVersion {
  readonly deploymentName: string;
  readonly buildId: string;
}

/** The name under which the Temporal CLI and Web UI list our workers' versions. */
export const DEFAULT_DEPLOYMENT_NAME = 'millrace';

/** Without a version workers take every task, as they always did. */
export function workerVersioning(
  version: WorkerVersion | undefined,
): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (!version) return {};
  const { deploymentName, buildId } = version;
  return {
    workerDeploymentOptions: {
      version: { deploymentName, buildId },
      useWorkerVersioning: true,
      // A run ends within hours on the code it began with. The one entity that never ends says otherwise for itself.
      defaultVersioningBehavior: 'PINNED',
    },
  };
}
