// The actions of the Delta transaction protocol that we write, at reader version 1 and writer version 2.
// Source: PROTOCOL.md of delta-io/delta, chapter "Actions". Field names are the protocol's.

/** Values of partition columns, always as strings. */
export type PartitionValues = Readonly<Record<string, string>>;

export interface ProtocolAction {
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  /** From reader version 3 on. */
  readonly readerFeatures?: readonly string[];
  /** From writer version 7 on. */
  readonly writerFeatures?: readonly string[];
}

export interface MetadataAction {
  readonly id: string;
  readonly name?: string;
  readonly format: { readonly provider: 'parquet'; readonly options: Readonly<Record<string, string>> };
  /** A struct type in Spark's JSON form, as text. */
  readonly schemaString: string;
  readonly partitionColumns: readonly string[];
  /** Milliseconds since 1970. */
  readonly createdTime?: number;
  readonly configuration: Readonly<Record<string, string>>;
}

export interface AddAction {
  /** Relative to the table's root, URL-encoded. */
  readonly path: string;
  readonly partitionValues: PartitionValues;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. We write the commit's timestamp, so that a repetition gives the same bytes. */
  readonly modificationTime: number;
  readonly dataChange: boolean;
  /** {@link FileStatistics} as JSON text. */
  readonly stats?: string;
  /** We write `sha256`: the hex digest of the file. */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface RemoveAction {
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly deletionTimestamp?: number;
  readonly dataChange: boolean;
  readonly extendedFileMetadata?: boolean;
  readonly partitionValues?: PartitionValues;
  readonly size?: number;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Marks application `appId`'s work up to `version` as committed. */
export interface TransactionAction {
  readonly appId: string;
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly lastUpdated?: number;
  /** Table version that it was committed in; only in our checkpoints, other readers pass over it. */
  readonly committedIn?: number;
}

/** Free-form; engines show `timestamp`, `operation` and `operationParameters` in the table's history. */
export interface CommitInfoAction {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly operation: string;
  readonly operationParameters: Readonly<Record<string, string>>;
  readonly engineInfo: string;
  readonly isBlindAppend: boolean;
}

/** One line of a commit file. */
export type Action =
  | { readonly protocol: ProtocolAction }
  | { readonly metaData: MetadataAction }
  | { readonly add: AddAction }
  | { readonly remove: RemoveAction }
  | { readonly txn: TransactionAction }
  | { readonly commitInfo: CommitInfoAction };

/** Lets engines skip files. Integers beyond 2^53 are inexact here: JSON text from the log goes back as it came. */
export interface FileStatistics {
  readonly numRecords: number;
  readonly minValues?: Readonly<Record<string, string | number | boolean>>;
  readonly maxValues?: Readonly<Record<string, string | number | boolean>>;
  readonly nullCount?: Readonly<Record<string, number>>;
}
