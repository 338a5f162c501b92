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
}
