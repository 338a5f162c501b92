import type { ArtifactRef } from '../../domain/artifact';
import type { TableName } from '../../domain/lake-layout';
import type { RunFindings, RunSummary, RunTrigger } from '../messages';
import type {
  BackupResult,
  EvaluateResult,
  IngestResult,
  NotTrained,
  RegisterResult,
  RunRef,
  TrainResult,
  TransformResult,
  ValidateResult,
} from '../../domain/stage';

export interface IngestInput {
  readonly run: RunRef;
  readonly batchUri: string;
}
export interface ValidateInput {
  readonly run: RunRef;
  readonly manifest: ArtifactRef;
}
export interface TransformInput {
  readonly run: RunRef;
  readonly accepted: ArtifactRef;
  /** The work list of the last answer, once all its groups are done. */
  readonly work?: ArtifactRef;
}
/** Too much for one activity: groups of partitions that have to be done first, each by `transformPartitions`. */
export interface TransformWork {
  readonly work: ArtifactRef;
  readonly table: TableName;
  readonly groups: number;
  /** How many of them at a time. */
  readonly parallel: number;
}
export interface TransformPartitionsInput {
  readonly run: RunRef;
  readonly accepted: ArtifactRef;
  readonly work: ArtifactRef;
  /** Position in the work list. */
  readonly group: number;
}
export interface TransformPartitionsResult {
  readonly partitions: number;
  /** Those of them that an earlier attempt had finished. */
  readonly resumed: number;
}
export interface TrainInput {
  readonly run: RunRef;
  readonly featuresVersion: number;
  /** Wait until fewer than so many others train; absent = nobody has to be asked. */
  readonly maxTrainings?: number;
}
export interface EvaluateInput {
  readonly run: RunRef;
  readonly model: TrainResult;
}
export interface RegisterInput {
  readonly run: RunRef;
  /** URIs of what the version comes from; becomes its lineage. */
  readonly manifest: ArtifactRef;
  readonly transform: TransformResult;
  readonly model: TrainResult;
  readonly evaluation: EvaluateResult;
}
export interface DeployInput {
  readonly pipeline: string;
  readonly version: number;
  readonly goldenTolerance: number;
  /** Version that was live when the gate decided for this one; absent = none was. */
  readonly expectedChampion?: number;
}
export interface RestoreInput {
  readonly pipeline: string;
  /** Version whose deployment is undone. */
  readonly version: number;
  /** Version that was live before; absent = none was. */
  readonly previousVersion?: number;
}
export interface PublishReportInput {
  readonly run: RunRef;
  readonly workflowId: string;
  readonly runId: string;
  /** ISO 8601 (UTC), like `endedAt`. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly trigger: RunTrigger;
  readonly summary: RunSummary;
  readonly findings: RunFindings;
}
/** Where a run's report lies. */
export interface PublishedReport {
  readonly html: ArtifactRef;
  readonly json: ArtifactRef;
}
export interface BackupInput {
  readonly pipeline: string;
  /** The run that asked for it, for the record. */
  readonly requestedBy: string;
}

/** Task queue `millrace-data`. */
export interface DataActivities {
  readonly ingest: (input: IngestInput) => Promise<IngestResult>;
  readonly validate: (input: ValidateInput) => Promise<ValidateResult>;
  /** Called until it answers with a result; see {@link TransformWork}. */
  readonly transform: (input: TransformInput) => Promise<TransformResult | TransformWork>;
  readonly transformPartitions: (input: TransformPartitionsInput) => Promise<TransformPartitionsResult>;
  readonly evaluate: (input: EvaluateInput) => Promise<EvaluateResult>;
  readonly backup: (input: BackupInput) => Promise<BackupResult>;
  readonly publishReport: (input: PublishReportInput) => Promise<PublishedReport>;
}

/** Task queue `millrace-train`. */
export interface TrainActivities {
  readonly train: (input: TrainInput) => Promise<TrainResult | NotTrained>;
}

/** Task queue `millrace`. */
export interface RegisterActivities {
  readonly register: (input: RegisterInput) => Promise<RegisterResult>;
}

/** Task queue `millrace-serve`. */
export interface DeployActivities {
  readonly loadModel: (input: DeployInput) => Promise<{ readonly previousVersion?: number }>;
  readonly checkModel: (
    input: DeployInput,
  ) => Promise<{ readonly rows: number; readonly maxDifference: number }>;
  /**
   * Switches traffic, probes the endpoint, then moves the `champion` alias from `expectedChampion`.
   * @throws PermanentFailure DeployCheckFailed, before any traffic moves, when another model went live meanwhile.
   */
  readonly activateModel: (input: DeployInput) => Promise<void>;
  /** Takes traffic and alias away from `version`; what another deployment made live meanwhile stays live. */
  readonly restoreModel: (input: RestoreInput) => Promise<void>;
}
