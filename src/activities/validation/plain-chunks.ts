import { open, type FileHandle } from 'node:fs/promises';
import type { PlainRecords } from '../../sql/staged-object';
import type { TypingLanes } from './typing-lanes';

/** Records of a file of rows: one row group, or little more. */
const CHUNK_RECORDS = 100_000;
/** Of long records fewer. */
const CHUNK_BYTES = 32 * 1024 * 1024;

/** Takes the plain records of one file, in order. */
export interface PlainChunks {
  readonly write: (records: Buffer, count: number) => Promise<void>;
  /** Resolves when typing of the last ones has begun. */
  readonly finish: () => Promise<void>;
}

/** Cuts plain records into files that are typed apart from each other; where follows from the records alone. */
export function createPlainChunks(lanes: TypingLanes, { object, path, header }: PlainRecords): PlainChunks {
  let file: FileHandle | undefined;
  let chunk = { number: 0, records: 0, bytes: 0 };
  const pathOf = (): string => `${path}.plain-${chunk.number}`;
  const end = async (): Promise<void> => {
    if (!file) return;
    await file.close();
    file = undefined;
    await lanes.add({ object, path: pathOf(), header }, chunk.records);
    chunk = { number: chunk.number + 1, records: 0, bytes: 0 };
  };
  return {
    write: async (records, count) => {
      file ??= await open(pathOf(), 'w');
      // Not `write`: on a disk that fills up it writes a part and says so only in its result.
      await file.appendFile(records);
      chunk.records += count;
      chunk.bytes += records.length;
      if (chunk.records >= CHUNK_RECORDS || chunk.bytes >= CHUNK_BYTES) await end();
    },
    finish: end,
  };
}
