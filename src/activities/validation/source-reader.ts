import type { FileHandle } from 'node:fs/promises';
import type { PipelinePlan } from '../../domain/plan';
import type { QuerySession } from '../../ports/query-engine';
import type { StagedObject } from '../../sql/staged-object';
import type { TypingLanes } from './typing-lanes';

/** A file of the batch as it was downloaded. */
export interface LocalFile {
  readonly object: number;
  readonly key: string;
  readonly path: string;
}

/** A file whose beginning was found to fit the contract. */
export interface CheckedFile extends LocalFile {
  readonly header: readonly string[];
}

/** Reads files of one format. Both steps throw `UnreadableContent` where the content is to blame. */
export interface SourceReader {
  /** Whatever can be said without reading all of it. */
  readonly check: (file: LocalFile) => Promise<CheckedFile>;
  /** Makes of it what the engine reads, and sets the records aside that are none. Lanes may go on typing afterwards. */
  readonly stage: (file: CheckedFile) => Promise<StagedObject>;
}

export interface ReaderContext {
  readonly plan: PipelinePlan;
  readonly session: Pick<QuerySession, 'rows'>;
  /** Open for appending: one JSON document per record that is none. */
  readonly faults: FileHandle;
  readonly signal: AbortSignal;
  /** Absent = all rows are typed later, and together. */
  readonly lanes?: TypingLanes;
}
