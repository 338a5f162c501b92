import type { CsvBytes } from './csv-record';

const LF = 10;
const MINUS = 45;
const ZERO = 48;
/** Number, sign, separator and line break. */
export const MAX_FRAME_BYTES = 32;

export interface RecordWriter {
  readonly append: (line: number, from: Buffer, start: number, end: number) => void;
  /** How many were appended since the last call of `take`. */
  readonly records: () => number;
  /** What was appended since the last call. Its bytes are good until the next `append`. */
  readonly take: () => Buffer;
}

/** Collects records, each with its line number before it. One buffer serves for all. */
export function createRecordWriter({ delimiter }: CsvBytes, initialBytes: number): RecordWriter {
  let output = Buffer.allocUnsafe(initialBytes);
  let length = 0;
  let records = 0;
  return {
    append: (line, from, start, end) => {
      const needed = length + end - start + MAX_FRAME_BYTES;
      if (needed > output.length) output = Buffer.concat([output.subarray(0, length)], 2 * needed);
      length = writeNumber(output, length, line);
      output[length] = delimiter;
      length += 1;
      length += from.copy(output, length, start, end);
      output[length] = LF;
      length += 1;
      records += 1;
    },
    records: () => records,
    take: () => {
      const taken = output.subarray(0, length);
      length = 0;
      records = 0;
      return taken;
    },
  };
}

/** Returns where the number ends. Making a string of each would take longer than all the rest. */
function writeNumber(output: Buffer, start: number, value: number): number {
  let rest = Math.abs(value);
  let at = start;
  if (value < 0) {
    output[at] = MINUS;
    at += 1;
  }
  let end = at + 1;
  for (let limit = 10; rest >= limit; limit *= 10) end += 1;
  for (let digit = end - 1; digit >= at; digit -= 1) {
    const tens = Math.floor(rest / 10);
    output[digit] = ZERO + rest - tens * 10;
    rest = tens;
  }
  return end;
}
