import type { CsvBytes } from './csv-record';

const LF = 10;

export interface RecordWriter {
  readonly append: (line: number, from: Buffer, start: number, end: number) => void;
  readonly written: () => Buffer;
}

/** Line numbers need at most 17 bytes for a record of one: a longer output than twice the input grows the buffer. */
export function createRecordWriter({ delimiter }: CsvBytes, initialBytes: number): RecordWriter {
  let output = Buffer.allocUnsafe(initialBytes);
  let length = 0;
  const separator = String.fromCharCode(delimiter);
  return {
    append: (line, from, start, end) => {
      if (output.length - length < end - start + 32) {
        output = Buffer.concat([output.subarray(0, length)], output.length * 2);
      }
      length += output.write(`${line}${separator}`, length, 'latin1');
      length += from.copy(output, length, start, end);
      output[length] = LF;
      length += 1;
    },
    written: () => output.subarray(0, length),
  };
}
