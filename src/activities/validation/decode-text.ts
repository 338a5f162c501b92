import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { SourcePlan } from '../../domain/plan';
import { TransientFailure } from '../../ports/failures';
import { compressionOf } from './compression';
import { csvBytes } from './csv-bytes';
import { createDecompressor, unpackingProblem } from './decompress';
import { readStart } from './read-start';
import { createTranscoder, encodingOf } from './transcode';
import { createUnescaper } from './unescape';

export interface TextFile {
  /** Object key: its ending may name a compression. */
  readonly key: string;
  readonly path: string;
  readonly source: SourcePlan;
  /** Text to put before the content, such as a header line that the file lacks. */
  readonly before?: string;
  readonly signal: AbortSignal;
}

const SNIFF_BYTES = 8;
const CHUNK_BYTES = 256 * 1024;

/**
 * Makes of a text file, however packed and encoded, one in plain UTF-8 with doubled quotes, in a stream: what is in
 * memory does not grow with the file. Returns the path of the plain file; of a plain file that is its own path.
 *
 * @throws UnreadableContent for damaged or contradictory content; TransientFailure EngineFailed when the disk fails
 */
export async function decodeText(file: TextFile): Promise<string> {
  const { path, source, before = '' } = file;
  const start = await readStart(path, SNIFF_BYTES);
  const compression = compressionOf(file.key, start, source.compression);
  const escape = escapeOf(source);
  if (compression === 'none' && escape === undefined && before === '' && isPlain(start, source)) return path;
  const steps: NodeJS.ReadWriteStream[] = [
    ...(compression === 'none' ? [] : [createDecompressor(compression)]),
    createTranscoder(encodingDeclared(source)),
    ...(escape === undefined ? [] : [createUnescaper(escape.escape, escape.quote)]),
  ];
  const textPath = `${path}.text`;
  await run([createReadStream(path, { highWaterMark: CHUNK_BYTES }), ...steps], textPath, file);
  await rm(path);
  return textPath;
}

function isPlain(start: Uint8Array, source: SourcePlan): boolean {
  return encodingOf(start, encodingDeclared(source)) === 'utf-8';
}

/** JSON is UTF-8 by its own standard. */
function encodingDeclared({ format, csv }: SourcePlan): SourcePlan['csv']['encoding'] {
  return format === 'csv' ? csv.encoding : undefined;
}

function escapeOf({
  format,
  csv,
}: SourcePlan): { readonly escape: number; readonly quote: number } | undefined {
  const { escape, quote } = csv;
  if (format !== 'csv' || escape === undefined || escape === quote) return undefined;
  return { escape: csvBytes({ ...csv, delimiter: escape }).delimiter, quote: csvBytes(csv).quote };
}

async function run(
  [source, ...steps]: readonly [Readable, ...NodeJS.ReadWriteStream[]],
  target: string,
  { before = '', signal }: TextFile,
): Promise<void> {
  const output = createWriteStream(target);
  if (before !== '') output.write(before);
  try {
    await pipeline([source, ...steps, output], { signal });
  } catch (error) {
    signal.throwIfAborted();
    const problem = unpackingProblem(error);
    if (problem) throw problem;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TransientFailure('EngineFailed', `Decoding a file failed: ${reason}`, {}, { cause: error });
  }
}
