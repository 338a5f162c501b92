import type { PartitionUnit } from './period';
import type { Requirement } from './requirement';

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
  /** Of rows with one key the one with the largest value here is the newest; absent = the one that came last. */
  readonly newest?: string;
  /** SQL expression over one row: when its values became known; windows of days see it only on later days. */
  readonly knownAt?: string;
  /** Rows that say that the row of their key is gone. */
  readonly delete?: DeletePlan;
  /** Absent = a partition per day. */
  readonly layout?: LayoutPlan;
  readonly expectations: readonly Expectation[];
  /** Absent when columns, key and expectations are written in the pipeline file itself. */
  readonly contract?: ContractIdentity;
  readonly quarantine: QuarantinePlan;
  readonly label: LabelPlan;
  readonly features: readonly FeaturePlan[];
  readonly windows: readonly WindowPlan[];
  readonly training: TrainingPlan;
  readonly gate: GatePlan;
  readonly deploy: DeployPlan;
  readonly backup: BackupPlan;
  /** Absent = nobody is told. */
  readonly notify?: readonly NotifyPlan[];
}

export const SOURCE_FORMATS = ['csv', 'ndjson', 'parquet', 'avro'] as const;
export type SourceFormat = (typeof SOURCE_FORMATS)[number];

export const SOURCE_COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;
export type SourceCompression = (typeof SOURCE_COMPRESSIONS)[number];

export interface SourcePlan {
  /** Key prefix in the lake bucket, ends with `/`. */
  readonly prefix: string;
  readonly format: SourceFormat;
  /** Of `csv` and `ndjson`; absent = each file's name and first bytes tell. */
  readonly compression?: SourceCompression;
  /** Matters only where the format is `csv`. */
  readonly csv: CsvDialect;
  /** Strings that mean "no value" in the other formats; absent = none. */
  readonly nullValues?: readonly string[];
  /** Smaller objects are recorded and skipped; 0 = off. */
  readonly minObjectBytes: number;
  readonly batch: BatchPlan;
  /** How often the landing zone is compared with the ledger, for files whose event was lost; 0 = never. */
  readonly reconcileMinutes?: number;
}

/** For plans of before there was the setting. */
export const DEFAULT_RECONCILE_MINUTES = 15;

export const TEXT_ENCODINGS = ['utf-8', 'utf-16', 'utf-16le', 'utf-16be', 'latin-1', 'windows-1252'] as const;
export type TextEncoding = (typeof TEXT_ENCODINGS)[number];

export interface CsvDialect {
  readonly delimiter: string;
  readonly quote: string;
  /** Before a quote inside a quoted cell; absent = the quote itself, doubled. */
  readonly escape?: string;
  /** `false`: no header line, cells are in the plan's column order. Absent = `true`. */
  readonly header?: boolean;
  /** Absent = UTF-8, or what the byte order mark says. */
  readonly encoding?: TextEncoding;
  /** Between whole part and fraction of numbers; absent = `.`. */
  readonly decimal?: ',' | '.';
  /** Cell texts that mean "no value". */
  readonly nullValues: readonly string[];
}

/** When the intake closes a batch: whichever limit is reached first. */
export interface BatchPlan {
  readonly maxObjects: number;
  readonly maxBytes: number;
  readonly quietSeconds: number;
}

export const COLUMN_TYPES = [
  'string',
  'integer',
  'double',
  'decimal',
  'boolean',
  'date',
  'timestamp',
] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

/** A type with all that belongs to it, as it travels from the plan to SQL and to the tables. */
export interface TypeOfColumn {
  readonly type: ColumnType;
  /** Digits in all of a `decimal`: 1 to 38. */
  readonly precision?: number;
  /** Digits after the point of a `decimal`: 0 to `precision`. */
  readonly scale?: number;
}

export const AMBIGUOUS_TIMES = ['reject', 'earlier', 'later'] as const;
export type AmbiguousTimes = (typeof AMBIGUOUS_TIMES)[number];

export interface ColumnPlan extends TypeOfColumn {
  readonly name: string;
  /** strptime format for `date` and `timestamp`; absent = ISO 8601. */
  readonly format?: string;
  /** Where the value lies in NDJSON, Avro and Parquet: names joined by dots; absent = the column's name. */
  readonly path?: string;
  /** IANA zone of timestamps without an offset; absent = UTC. */
  readonly timezone?: string;
  /** What a local time means that the clock showed twice; absent = `reject`. */
  readonly ambiguous?: AmbiguousTimes;
}

export type OnFail = 'block' | 'quarantine' | 'warn';

interface ExpectationBase {
  /** Stable name shown in reports, e.g. `not_null(carrier)`. */
  readonly name: string;
  /** What happens when the requirement is not met. */
  readonly onFail: OnFail;
  readonly description?: string;
  /** Words of the data contract, for reports. */
  readonly severity?: string;
  readonly dimension?: string;
}

/** About the rows one by one. Without a requirement no row may break it. */
interface RowBase extends ExpectationBase {
  /** How many rows (or percent of them) may break it; within it nothing happens to them. */
  readonly requirement?: Requirement;
}

export const COMPARISONS = ['<', '<=', '=', '!=', '>=', '>'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** A check of single rows: each is fine or not, whatever the others are. */
export type RowExpectation =
  | (RowBase & { readonly kind: 'not_null'; readonly column: string })
  /** No value, or one of these texts. */
  | (RowBase & { readonly kind: 'not_missing'; readonly column: string; readonly values: readonly string[] })
  | (RowBase & {
      readonly kind: 'between';
      readonly column: string;
      /** ISO 8601 text for `date` and `timestamp` columns. */
      readonly min?: number | string;
      readonly max?: number | string;
      /** The bound itself is not allowed. */
      readonly exclusiveMin?: true;
      readonly exclusiveMax?: true;
    })
  | (RowBase & { readonly kind: 'in_set'; readonly column: string; readonly values: readonly string[] })
  | (RowBase & { readonly kind: 'matches'; readonly column: string; readonly pattern: string })
  /** In characters. */
  | (RowBase & {
      readonly kind: 'length';
      readonly column: string;
      readonly min?: number;
      readonly max?: number;
    })
  | (RowBase & { readonly kind: 'multiple_of'; readonly column: string; readonly factor: number })
  | (RowBase & {
      readonly kind: 'compare';
      readonly left: string;
      readonly operator: Comparison;
      readonly right: string;
    })
  | (RowBase & {
      readonly kind: 'references';
      readonly columns: readonly string[];
      readonly to: ReferencePlan;
    });

/** Where the allowed values of a `references` rule are. Exactly one of `pipeline` and `uri`. */
export interface ReferencePlan {
  /** The clean table of this pipeline, as of its newest version or the given one. */
  readonly pipeline?: string;
  readonly version?: number;
  /** A CSV (with a header line) or Parquet object of the lake: `s3://lake/reference/airports.csv`. */
  readonly uri?: string;
  /** Its columns, in the order of the rule's own. */
  readonly columns: readonly string[];
}

/** All but the newest of the rows that agree in these columns break it. */
export type UniqueExpectation = RowBase & { readonly kind: 'unique'; readonly columns: readonly string[] };

/**
 * One SELECT over the batch (`{object}`). When it selects rows of the batch (`SELECT * FROM {object} WHERE …`), these
 * break the rule; else it gives one number, which must meet the requirement.
 */
export type SqlExpectation = RowBase & { readonly kind: 'sql'; readonly query: string };

export const STATISTICS = ['mean', 'stddev', 'sum', 'quantile'] as const;
export type Statistic = (typeof STATISTICS)[number];

/** Rules about the whole batch; all others are about its rows. */
export const MEASURE_KINDS = ['row_count', ...STATISTICS, 'freshness', 'drift'] as const;

/** A number about the whole batch. */
interface MeasureBase extends ExpectationBase {
  readonly requirement: Requirement;
}
export type MeasureExpectation =
  | (MeasureBase & { readonly kind: 'row_count' })
  | (MeasureBase & {
      readonly kind: Statistic;
      readonly column: string;
      /** For `quantile`: 0 to 1. */
      readonly q?: number;
    })
  /** How much older than its upload the newest row of the batch is. */
  | (MeasureBase & { readonly kind: 'freshness'; readonly column: string })
  /** Population stability index of a column against the rows that the live model was trained on. */
  | (MeasureBase & { readonly kind: 'drift'; readonly column: string; readonly bins: number });

export type Expectation = RowExpectation | UniqueExpectation | SqlExpectation | MeasureExpectation;

export function isMeasure(expectation: Expectation): expectation is MeasureExpectation {
  return (MEASURE_KINDS as readonly string[]).includes(expectation.kind);
}

/** Identity of the data contract document that columns, key and expectations come from. */
export interface ContractIdentity {
  readonly id: string;
  readonly version: string;
}

/** How the tables' files lie. */
export interface LayoutPlan {
  readonly partitionBy: PartitionUnit;
}

/** Unit of the partitions of all tables of a pipeline. */
export function partitionUnit({ layout }: Pick<PipelinePlan, 'layout'>): PartitionUnit {
  return layout?.partitionBy ?? 'day';
}

export interface DeletePlan {
  readonly column: string;
  /** Texts of the column's value that mark a delete. */
  readonly values: readonly string[];
}

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

export type WindowAggregate = 'count' | 'sum' | 'mean' | 'min' | 'max' | 'stddev' | 'last';

/** What a row sees of the rows that share its `over` values: it cannot see its own future. */
export type WindowPlan = AggregateWindowPlan | QueryWindowPlan;

interface WindowBase {
  readonly name: string;
  readonly over: readonly string[];
  /** Whole days (UTC) strictly before the row's own day. */
  readonly days: number;
}

/** A rolling aggregate over these days. */
export interface AggregateWindowPlan extends WindowBase {
  /** Only the last rows with a value before the row's own time, of these days and of its own. */
  readonly rows?: number;
  readonly aggregate: WindowAggregate;
  /** SQL expression over one row's columns; for `count`, rows where it is not NULL. */
  readonly sql: string;
}

/** One SELECT over `history`, the clean rows of these days, that gives one number. */
export interface QueryWindowPlan extends WindowBase {
  readonly aggregate: 'query';
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

export const NOTIFY_EVENTS = [
  'promoted',
  'kept',
  'not_trained',
  'rejected',
  'rolled_back',
  'nothing_new',
  'failed',
  'cancelled',
] as const;
export type NotifyEvent = (typeof NOTIFY_EVENTS)[number];

/** Somebody outside who is told what a run came to. */
export interface NotifyPlan {
  readonly kind: 'webhook' | 'slack' | 'sns';
  /** Environment variable of the workers that holds the URL or the topic ARN: no secret stands in a plan. */
  readonly addressFrom: string;
  readonly on: readonly NotifyEvent[];
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
