/** One file of a batch, ready to be read by the engine. */
export interface StagedObject {
  /** Position in the batch manifest. */
  readonly object: number;
  /**
   * CSV: structurally sound records, each with its line number as an extra first cell, no header. NDJSON and Avro:
   * lines of text, each with its number before it. Parquet: the file as it came.
   */
  readonly path: string;
  /** CSV: column names in the order of this file's header; empty in the other formats. */
  readonly header: readonly string[];
  /** CSV: the sound records that are not in `path`, in order; absent = all are. */
  readonly plain?: readonly TypedRecords[];
}

/** Some of the plain records of a CSV file (see plain-rows.ts), written as those of {@link StagedObject.path}. */
export interface PlainRecords {
  readonly object: number;
  readonly path: string;
  readonly header: readonly string[];
}

/** Plain records, and a Parquet file of those that break no rule about single rows, as accepted rows. */
export interface TypedRecords extends PlainRecords {
  readonly typedPath: string;
  readonly typedRows: number;
  /** A copy of the records that break a rule; absent = there are none. */
  readonly apartPath?: string;
}

/** All that is typed already, in the order of the batch. */
export function typedRecords(staged: readonly StagedObject[]): readonly TypedRecords[] {
  return staged.flatMap(({ plain = [] }) => plain);
}
