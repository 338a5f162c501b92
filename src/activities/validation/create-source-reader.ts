import { createAvroReader } from './avro-reader';
import { createCsvReader } from './csv-reader';
import { createNdjsonReader } from './ndjson-reader';
import { createParquetReader } from './parquet-reader';
import type { ReaderContext, SourceReader } from './source-reader';

/** The reader of the plan's format. */
export function createSourceReader(context: ReaderContext): SourceReader {
  switch (context.plan.source.format) {
    case 'csv':
      return createCsvReader(context);
    case 'ndjson':
      return createNdjsonReader(context);
    case 'parquet':
      return createParquetReader(context);
    case 'avro':
      return createAvroReader(context);
  }
}
