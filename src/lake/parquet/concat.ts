import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { PermanentFailure } from '../../ports/failures';
import { readStruct, writeStruct, type ThriftStruct, type ThriftValue } from './compact-thrift';

/** Numbers of fields: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift */
const FILE = { schema: 2, rows: 3, rowGroups: 4 } as const;
const ROW_GROUP = { columns: 1, fileOffset: 5, ordinal: 7 } as const;
const COLUMN = { fileOffset: 2, metadata: 3, offsetIndex: 4, columnIndex: 6 } as const;
const METADATA = { dataPage: 9, indexPage: 10, dictionaryPage: 11, bloomFilter: 14 } as const;

const MAGIC = Buffer.from('PAR1');
/** Length of the footer and the magic behind it. */
const TAIL_BYTES = 8;
const COPY_BYTES = 1024 * 1024;

interface Part {
  readonly path: string;
  /** Where the footer begins. */
  readonly end: number;
  readonly footer: ThriftStruct;
}

/**
 * Puts the row groups of local Parquet files of one schema into one file, in order: their bytes as they are, and a footer
 * that says where they lie now.
 *
 * @throws PermanentFailure IntegrityError for files that are no Parquet files or differ in their columns
 */
export async function concatParquet(
  paths: readonly string[],
  target: string,
  signal?: AbortSignal,
): Promise<void> {
  const parts: Part[] = [];
  for (const path of paths) parts.push(await readPart(path));
  const [first] = parts;
  if (!first) throw new RangeError('No Parquet files to put together');
  const schema = bytesOf(first.footer, FILE.schema);
  const other = parts.find(({ footer }) => !bytesOf(footer, FILE.schema).equals(schema));
  if (other) throw refused('Parquet files differ in their columns', other.path);

  const output = await open(target, 'w');
  try {
    await writeParts(output, parts, signal);
  } finally {
    await output.close();
  }
}

async function writeParts(
  output: FileHandle,
  parts: readonly Part[],
  signal: AbortSignal | undefined,
): Promise<void> {
  await output.appendFile(MAGIC);
  const rowGroups: ThriftValue[] = [];
  let [position, rows] = [MAGIC.length, 0n];
  for (const { path, end, footer } of parts) {
    const by = BigInt(position - MAGIC.length);
    for (const group of listOf(footer, FILE.rowGroups))
      rowGroups.push(moveGroup(group, by, rowGroups.length));
    rows += integerOf(footer, FILE.rows);
    signal?.throwIfAborted();
    await appendBody(output, path, end);
    position += end - MAGIC.length;
  }
  const [first] = parts;
  const footer = writeStruct(
    withFields(structOf(first?.footer), [
      [FILE.rows, { kind: 'integer', type: 6, value: rows }],
      [FILE.rowGroups, { kind: 'list', of: 12, items: rowGroups }],
    ]),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  await output.appendFile(Buffer.concat([footer, length, MAGIC]));
}

/** What lies between the magic and the footer. */
async function appendBody(output: FileHandle, path: string, end: number): Promise<void> {
  if (end <= MAGIC.length) return;
  const body = createReadStream(path, {
    start: MAGIC.length,
    end: end - 1,
    highWaterMark: COPY_BYTES,
  }) as AsyncIterable<Buffer>;
  // Not `write`: on a disk that fills up it writes a part and says so only in its result.
  for await (const chunk of body) await output.appendFile(chunk);
}

async function readPart(path: string): Promise<Part> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(TAIL_BYTES);
    await file.read(tail, 0, TAIL_BYTES, size - TAIL_BYTES);
    const end = size - TAIL_BYTES - tail.readUInt32LE(0);
    if (!tail.subarray(4).equals(MAGIC) || end < MAGIC.length) throw refused('Not a Parquet file', path);
    const footer = Buffer.alloc(size - TAIL_BYTES - end);
    await file.read(footer, 0, footer.length, end);
    return { path, end, footer: readStruct(footer) };
  } finally {
    await file.close();
  }
}

function refused(problem: string, path: string): PermanentFailure {
  return new PermanentFailure('IntegrityError', problem, { path });
}

function moveGroup(group: ThriftValue, by: bigint, ordinal: number): ThriftValue {
  const columns = listOf(group, ROW_GROUP.columns).map((column): ThriftValue => {
    const metadata = moveFields(structOf(column).fields.get(COLUMN.metadata), Object.values(METADATA), by);
    const moved = moveFields(column, [COLUMN.fileOffset, COLUMN.offsetIndex, COLUMN.columnIndex], by);
    return withFields(moved, [[COLUMN.metadata, metadata]]);
  });
  const moved = moveFields(group, [ROW_GROUP.fileOffset], by);
  return withFields(moved, [
    [ROW_GROUP.columns, { kind: 'list', of: 12, items: columns }],
    ...(moved.fields.has(ROW_GROUP.ordinal)
      ? [[ROW_GROUP.ordinal, { kind: 'integer', type: 4, value: BigInt(ordinal) }] as const]
      : []),
  ]);
}

/** Offsets that are there and are not 0, which stands for "none". */
function moveFields(value: ThriftValue | undefined, ids: readonly number[], by: bigint): ThriftStruct {
  const struct = structOf(value);
  const fields = ids.flatMap((id) => {
    const field = struct.fields.get(id);
    return field?.kind === 'integer' && field.value !== 0n
      ? [[id, { ...field, value: field.value + by }] as const]
      : [];
  });
  return withFields(struct, fields);
}

/** Other values in the same places. */
function withFields(
  { fields }: ThriftStruct,
  changes: readonly (readonly [number, ThriftValue])[],
): ThriftStruct {
  return { kind: 'struct', fields: new Map([...fields, ...changes]) };
}

function structOf(value: ThriftValue | undefined): ThriftStruct {
  if (value?.kind === 'struct') return value;
  throw new RangeError('Not a Parquet footer');
}

function listOf(value: ThriftValue, id: number): readonly ThriftValue[] {
  const list = structOf(value).fields.get(id);
  return list?.kind === 'list' ? list.items : [];
}

function integerOf(value: ThriftValue, id: number): bigint {
  const field = structOf(value).fields.get(id);
  return field?.kind === 'integer' ? field.value : 0n;
}

function bytesOf({ fields }: ThriftStruct, id: number): Buffer {
  const value = fields.get(id);
  return value ? writeStruct({ kind: 'struct', fields: new Map([[id, value]]) }) : Buffer.alloc(0);
}
