import { rm } from 'node:fs/promises';
import { decodeText } from './decode-text';
import { foreignFormat } from './foreign-format';
import { readStart } from './read-start';
import { scanLines } from './scan-lines';
import type { ReaderContext, SourceReader } from './source-reader';
import { UnreadableContent } from './unreadable-content';

const SNIFF_BYTES = 64 * 1024;

/** One JSON object per line. What is inside is judged row by row; only the file as a whole is looked at here. */
export function createNdjsonReader({ plan, faults, signal }: ReaderContext): SourceReader {
  return {
    check: async (file) => {
      const path = await decodeText({ ...file, source: plan.source, signal });
      const start = await readStart(path, SNIFF_BYTES);
      if (start.length === 0) throw new UnreadableContent('the file is empty');
      const foreign = foreignFormat(start, 'NDJSON') ?? jsonDocument(start);
      if (foreign !== undefined) throw new UnreadableContent(`the file ${foreign}`);
      return { ...file, path, header: [] };
    },
    stage: async ({ object, path }) => {
      const soundPath = `${path}.lines`;
      await scanLines({ object, path, soundPath, faults, signal });
      await rm(path);
      return { object, path: soundPath, header: [] };
    },
  };
}

/** A list of objects, or one object over many lines, would be a fault in every line. */
function jsonDocument(start: Buffer): string | undefined {
  const text = start.toString('utf8').trimStart();
  if (text.startsWith('['))
    return 'is one JSON list, expected one JSON object per line: unpack the list first';
  return /^\{\s*\n/.test(text) ? 'is JSON over several lines, expected one JSON object per line' : undefined;
}
