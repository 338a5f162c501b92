import type { MetricName } from './plan';
import type { ModelFiles } from './stage';

/** A registered model version: create-only, with everything it came from. */
export interface ModelVersionRecord {
  readonly formatVersion: 1;
  readonly pipeline: string;
  readonly version: number;
  readonly trainDigest: string;
  readonly files: ModelFiles;
  readonly planDigest: string;
  readonly metric: MetricName;
  readonly challenger: number;
  readonly champion?: number;
  readonly baseline: number;
  readonly device: string;
  readonly lineage: ModelLineage;
}

export interface ModelLineage {
  readonly batchDigest: string;
  readonly batchManifestUri: string;
  readonly cleanVersion: number;
  readonly featuresVersion: number;
  readonly holdoutFrom: string;
  readonly evaluationUri: string;
  /** Model version that the challenger was compared with. */
  readonly comparedWithVersion?: number;
}
