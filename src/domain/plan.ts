/**
 * A pipeline file after validation and defaulting: plain, frozen JSON.
 *
 * A run is pinned to the digest of the plan it started with (SHA-256 of its canonical JSON), so a later
 * `millrace apply` never changes a run in flight.
 */
export interface PipelinePlan {
  readonly planVersion: 1;
  /** `[a-z][a-z0-9-]{0,62}`; names workflows, lake prefixes and the model. */
  readonly pipeline: string;
  readonly description: string;
  readonly source: SourcePlan;
  readonly columns: readonly ColumnPlan[];
  /** Columns that together identify a row; a later row with the same key replaces the earlier one. */
  readonly key: readonly string[];
  /** A `timestamp` or `date` column (UTC); partitions and windows follow it. */
  readonly eventTime: string;
  readonly expectations: readonly Expectation[];
  readonly quarantine: QuarantinePlan;
  readonly label: LabelPlan;
  readonly features: readonly FeaturePlan[];
  readonly windows: readonly WindowPlan[];
  readonly training: TrainingPlan;
  readonly gate: GatePlan;
  readonly deploy: DeployPlan;
  readonly backup: BackupPlan;
}

export interface SourcePlan {
  /** Key prefix in the lake bucket, ends with `/`. */
  readonly prefix: string;
  readonly format: 'csv';
  readonly csv: CsvDialect;
  /** Smaller objects are recorded and skipped; 0 = off. */
  readonly minObjectBytes: number;
  readonly batch: BatchPlan;
}

export interface CsvDialect {
  readonly delimiter: string;
  readonly quote: string;
  /** Cell texts that mean "no value". */
  readonly nullValues: readonly string[];
}

/** When the intake closes a batch: whichever limit is reached first. */
export interface BatchPlan {
  readonly maxObjects: number;
  readonly maxBytes: number;
  readonly quietSeconds: number;
}

export const COLUMN_TYPES = ['string', 'integer', 'double', 'boolean', 'date', 'timestamp'] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

export interface ColumnPlan {
  readonly name: string;
  readonly type: ColumnType;
  /** strptime format for `date` and `timestamp`; absent = ISO 8601. */
  readonly format?: string;
}

export type OnFail = 'block' | 'quarantine' | 'warn';

interface ExpectationBase {
  /** Stable name shown in reports, e.g. `not_null(carrier)`. */
  readonly name: string;
  readonly onFail: OnFail;
}
export type Expectation =
  | (ExpectationBase & { readonly kind: 'not_null'; readonly column: string })
  | (ExpectationBase & { readonly kind: 'unique'; readonly columns: readonly string[] })
  | (ExpectationBase & {
      readonly kind: 'between';
      readonly column: string;
      readonly min?: number;
      readonly max?: number;
    })
  | (ExpectationBase & {
      readonly kind: 'in_set';
      readonly column: string;
      readonly values: readonly string[];
    })
  | (ExpectationBase & { readonly kind: 'matches'; readonly column: string; readonly pattern: string })
  | (ExpectationBase & { readonly kind: 'row_count'; readonly min?: number; readonly max?: number });

export interface QuarantinePlan {
  /** A batch with a larger share of rejected rows is rejected whole. */
  readonly maxPercent: number;
}

export interface LabelPlan {
  readonly name: string;
  /** SQL expression over one row's columns; NULL = the row is not used for training. */
  readonly sql: string;
}

export type FeatureKind = 'numeric' | 'categorical';

export interface FeaturePlan {
  readonly name: string;
  readonly kind: FeatureKind;
  /** SQL expression over one row's columns (same SQL in training and serving). */
  readonly sql: string;
}

export type WindowAggregate = 'count' | 'sum' | 'mean' | 'min' | 'max';

/** A rolling aggregate over whole days strictly before the row's own day (UTC): it cannot see the row's future. */
export interface WindowPlan {
  readonly name: string;
  readonly over: readonly string[];
  readonly days: number;
  readonly aggregate: WindowAggregate;
  /** SQL expression over one row's columns; for `count`, rows where it is not NULL. */
  readonly sql: string;
}

export type MetricName = 'auc' | 'logloss' | 'rmse' | 'mae';
export type MetricDirection = 'maximize' | 'minimize';
export type TrainingTask = 'binary_classification' | 'regression';

export interface TrainingPlan {
  readonly task: TrainingTask;
  readonly metric: MetricName;
  /** The last N days of the table are the holdout; training uses only what is older. */
  readonly holdoutDays: number;
  readonly device: 'auto' | 'cpu' | 'cuda';
  /** XGBoost names; values as numbers. */
  readonly hyperparameters: Readonly<Record<string, number>>;
}

export interface GatePlan {
  /** The challenger must be better than the champion by more than this, relative, in percent. */
  readonly minImprovementPercent: number;
}

export interface DeployPlan {
  readonly enabled: boolean;
  /** Largest allowed absolute difference between a golden prediction and the served one. */
  readonly goldenTolerance: number;
}

export interface BackupPlan {
  readonly enabled: boolean;
}

const DIRECTIONS: Readonly<Record<MetricName, MetricDirection>> = {
  auc: 'maximize',
  logloss: 'minimize',
  rmse: 'minimize',
  mae: 'minimize',
};

export function metricDirection(metric: MetricName): MetricDirection {
  return DIRECTIONS[metric];
}
