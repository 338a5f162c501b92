import type { RegisterActivities, RegisterInput } from '../contracts/activities/stages';
import type { ModelVersionRecord } from '../domain/model-version';
import { createModelVersion, swapAlias } from '../lake/registry';
import type { ObjectStore } from '../ports/object-store';

export interface RegisterDependencies {
  readonly store: ObjectStore;
  readonly lakeBucket: string;
}

/** Gives a promoted model its version number, with all it came from, and points the `candidate` alias at it. */
export function createRegisterActivities({ store, lakeBucket }: RegisterDependencies): RegisterActivities {
  return {
    register: async (input) => {
      const { ref, value, created } = await createModelVersion(store, lakeBucket, recordOf(input));
      await swapAlias(store, lakeBucket, input.run.pipeline, 'candidate', value.version);
      return { version: value.version, record: ref, reused: !created };
    },
  };
}

function recordOf({
  run,
  manifest,
  transform,
  model,
  evaluation,
}: RegisterInput): Omit<ModelVersionRecord, 'version'> {
  const { champion, championVersion } = evaluation;
  return {
    formatVersion: 1,
    pipeline: run.pipeline,
    trainDigest: model.trainDigest,
    files: model.files,
    planDigest: run.planDigest,
    metric: evaluation.metric,
    challenger: evaluation.challenger,
    ...(champion === undefined ? {} : { champion }),
    baseline: evaluation.baseline,
    device: model.device,
    lineage: {
      batchDigest: run.batchDigest,
      batchManifestUri: manifest.uri,
      cleanVersion: transform.clean.version,
      featuresVersion: model.featuresVersion,
      holdoutFrom: model.holdoutFrom,
      evaluationUri: evaluation.report.uri,
      ...(championVersion === undefined ? {} : { comparedWithVersion: championVersion }),
    },
  };
}
