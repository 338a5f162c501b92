import { rm, stat } from 'node:fs/promises';
import { columnOf } from '../../sql/plan-columns';
import { quickForm } from '../../sql/quick-cells';
import { checkHeader, headerLine } from './csv-header';
import { createPlainChunks } from './plain-chunks';
import { decodeText } from './decode-text';
import { scanCsv } from './scan-csv';
import type { ReaderContext, SourceReader } from './source-reader';
import { UnreadableContent } from './unreadable-content';

/** The rows of smaller files are not worth files of their own. */
const MIN_PLAIN_BYTES = 4 * 1024 * 1024;

/** Files without a header line get one, so that all are read alike. */
export function createCsvReader({ plan, faults, signal, lanes }: ReaderContext): SourceReader {
  const { source } = plan;
  const names = plan.columns.map(({ name }) => name);
  const before = source.csv.header === false ? headerLine(source.csv, names) : '';
  return {
    check: async (file) => {
      const path = await decodeText({ ...file, source, before, signal });
      const check = await checkHeader(path, source.csv, names);
      if (!check.ok) throw new UnreadableContent(check.reasons.join('; '));
      return { ...file, path, header: check.header };
    },
    stage: async ({ object, path, header }) => {
      const soundPath = `${path}.sound`;
      const forms = header.map((name) => quickForm(plan, columnOf(plan, name)));
      const cells = plan.columns.length;
      const scan = { object, path, dialect: source.csv, cells, forms, soundPath, faults, signal };
      const { size } = await stat(path);
      const isLarge = size >= MIN_PLAIN_BYTES;
      const chunks = lanes && isLarge ? createPlainChunks(lanes, { object, path, header }) : undefined;
      const { rejection } = await scanCsv({ ...scan, ...(chunks && { plain: chunks.write }) });
      await rm(path);
      if (rejection !== undefined) throw new UnreadableContent(rejection);
      await chunks?.finish();
      return { object, path: soundPath, header };
    },
  };
}
