import { open, rm } from 'node:fs/promises';
import { LINE_SEPARATOR } from '../../sql/load-json';
import { readAvroBlocks, readAvroHeader } from './avro-file';
import { jsonWriter } from './avro-json';
import { avroProblem, fieldsOf } from './avro-schema';
import { compareNames } from './compare-names';
import { MAX_RECORD_BYTES } from './csv-record';
import { faultDocument } from './fault-document';
import type { ReaderContext, SourceReader } from './source-reader';
import { UnreadableContent } from './unreadable-content';

/** Records become lines of JSON, which the engine reads like those of NDJSON. Lines are record numbers, from 1. */
export function createAvroReader({ plan, faults, signal }: ReaderContext): SourceReader {
  const paths = plan.columns.map(({ name, path = name }) => path);
  return {
    check: async (file) => {
      const { schema } = await readAvroHeader(file.path);
      const names = fieldsOf(schema)?.map(({ name }) => name) ?? [];
      const misnamed = compareNames(names, paths);
      const problems =
        misnamed === undefined
          ? plan.columns.flatMap((column) => {
              const problem = avroProblem(column, schema);
              return problem === undefined ? [] : [`${column.path ?? column.name} ${problem}`];
            })
          : [misnamed];
      if (problems.length === 0) return { ...file, header: [] };
      throw new UnreadableContent(`the schema does not fit the columns: ${problems.join('; ')}`);
    },
    stage: async ({ object, path }) => {
      const soundPath = `${path}.lines`;
      const header = await readAvroHeader(path);
      const write = jsonWriter(header.schema);
      const sound = await open(soundPath, 'w');
      let number = 0;
      const line = (record: unknown): { readonly sound: string; readonly fault: string } => {
        number += 1;
        const document = write(record);
        return Buffer.byteLength(document) <= MAX_RECORD_BYTES
          ? { sound: `${number}${LINE_SEPARATOR}${document}\n`, fault: '' }
          : {
              sound: '',
              fault: faultDocument(object, number, Buffer.from(document), 'longer than 1 MiB as JSON'),
            };
      };
      try {
        for await (const records of readAvroBlocks(path, header)) {
          signal.throwIfAborted();
          const lines = records.map(line);
          await sound.write(lines.map((item) => item.sound).join(''));
          const broken = lines.map((item) => item.fault).join('');
          if (broken !== '') await faults.write(broken);
        }
      } finally {
        await sound.close();
      }
      await rm(path);
      return { object, path: soundPath, header: [] };
    },
  };
}
