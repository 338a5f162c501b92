import type { TableName } from '../../domain/lake-layout';

export interface TableMaintenanceInput {
  readonly pipeline: string;
  readonly table: TableName;
  /** When the work was asked for, in milliseconds since 1970: ages are counted back from here. */
  readonly nowMs: number;
}

export interface VacuumTableInput extends TableMaintenanceInput {
  /** Versions that were live within so many days keep their files, and so do younger files of no version. */
  readonly retentionDays: number;
  /** Only says what would be deleted. */
  readonly dryRun: boolean;
}

export interface VacuumedFiles {
  /** That lie there. */
  readonly files: number;
  /** Files that nothing needs: deleted, or with `dryRun` to be deleted. */
  readonly unneeded: number;
  readonly unneededBytes: number;
}

/** Data files in the table's folders. */
export interface VacuumTableResult extends VacuumedFiles {
  readonly table: TableName;
  /** The first of those that nothing needs. */
  readonly sample: readonly string[];
  /** With the clean table: work lists of large batches, their parts, and stage claims. */
  readonly leftovers?: VacuumedFiles;
}

export interface CompactTableResult {
  readonly table: TableName;
  /** Newest version; absent when there is no table. */
  readonly version?: number;
  readonly filesBefore: number;
  readonly filesAfter: number;
}

/** Housekeeping that changes no row. Task queue `millrace-data`. */
export interface MaintenanceActivities {
  /**
   * Deletes data files that no version within the retention, no model version and no backup snapshot refers to, and what
   * batches have left behind that nobody has worked on within the retention. Repeating it is harmless.
   */
  readonly vacuumTable: (input: VacuumTableInput) => Promise<VacuumTableResult>;
  /** Merges small files of a partition into one, as a commit of its own that changes no row. */
  readonly compactTable: (input: TableMaintenanceInput) => Promise<CompactTableResult>;
}
