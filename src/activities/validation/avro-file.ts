import { open, type FileHandle } from 'node:fs/promises';
import { Type, types } from 'avsc';
import { AVRO_CODECS, unpackBlock } from './avro-codecs';
import type { AvroSchema } from './avro-schema';
import { readStart } from './read-start';
import { UnreadableContent } from './unreadable-content';

const MAGIC = Buffer.from('Obj\u0001', 'latin1');
const SYNC_BYTES = 16;
const MAX_HEADER_BYTES = 8 * 1024 * 1024;
const MAX_BLOCK_BYTES = 256 * 1024 * 1024;
/** Two numbers of at most ten bytes stand before the data of a block. */
const BLOCK_PREFIX_BYTES = 20;

export interface AvroHeader {
  readonly schema: AvroSchema;
  readonly codec: string;
  readonly sync: Buffer;
  /** Where the first block begins. */
  readonly end: number;
}

const HEADER = Type.forSchema({
  type: 'record',
  name: 'header',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'magic', size: MAGIC.length } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'sync', size: SYNC_BYTES } },
  ],
});

/** What stands before the records of an Avro object container. @throws UnreadableContent */
export async function readAvroHeader(path: string): Promise<AvroHeader> {
  const start = await readStart(path, MAX_HEADER_BYTES);
  if (start.length === 0) throw new UnreadableContent('the file is empty');
  if (!start.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new UnreadableContent('the file is no Avro object container');
  }
  const { value, offset } = decodeHeader(start);
  const codec = value.meta['avro.codec']?.toString() ?? 'null';
  if (!AVRO_CODECS.includes(codec)) {
    throw new UnreadableContent(
      `the file is packed with ${codec}, expected one of ${AVRO_CODECS.join(', ')}`,
    );
  }
  const schema = parseSchema(value.meta['avro.schema']);
  return { schema, codec, sync: value.sync, end: offset };
}

interface HeaderValue {
  readonly meta: Readonly<Record<string, Buffer | undefined>>;
  readonly sync: Buffer;
}

function decodeHeader(start: Buffer): { readonly value: HeaderValue; readonly offset: number } {
  const { value, offset } = decodeAt(HEADER, start, 0);
  if (offset < 0) throw new UnreadableContent('the Avro header is not whole: was the upload cut off?');
  return { value: value as HeaderValue, offset };
}

function parseSchema(text: Buffer | undefined): AvroSchema {
  try {
    const schema = JSON.parse(text?.toString() ?? '') as AvroSchema;
    recordType(schema);
    return schema;
  } catch {
    throw new UnreadableContent('the schema in the Avro header cannot be read');
  }
}

/**
 * The records of a container, in lists of one block each. The frame of blocks is read here and not by `avsc`: its
 * decoder takes a wrong length for the end of the file, and says nothing.
 *
 * @throws UnreadableContent where a block is damaged or cut off
 */
export async function* readAvroBlocks(
  path: string,
  { schema, codec, sync, end }: AvroHeader,
): AsyncGenerator<readonly unknown[]> {
  const type = recordType(schema);
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    for (let position = end; position < size;) {
      const block = await readBlock(file, position, size, sync);
      yield decodeBlock(type, await unpackBlock(codec, block.data), block.count);
      position = block.next;
    }
  } finally {
    await file.close();
  }
}

interface Block {
  readonly count: number;
  readonly data: Buffer;
  readonly next: number;
}

async function readBlock(file: FileHandle, position: number, size: number, sync: Buffer): Promise<Block> {
  const prefix = await readAt(file, position, Math.min(BLOCK_PREFIX_BYTES, size - position));
  const count = readNumber(prefix, 0);
  const bytes = count && readNumber(prefix, count.offset);
  if (!bytes) throw cutOff();
  const from = position + bytes.offset;
  const next = from + bytes.value + SYNC_BYTES;
  if (count.value < 0 || bytes.value < 0 || bytes.value > MAX_BLOCK_BYTES) {
    throw damaged(`a block of ${count.value} records and ${bytes.value} bytes`);
  }
  if (next > size) throw cutOff();
  const content = await readAt(file, from, bytes.value + SYNC_BYTES);
  if (!content.subarray(bytes.value).equals(sync))
    throw damaged('a block does not end with the marker of the file');
  return { count: count.value, data: content.subarray(0, bytes.value), next };
}

async function readAt(file: FileHandle, position: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(bytes);
  let length = 0;
  while (length < bytes) {
    const { bytesRead } = await file.read(buffer, length, bytes - length, position + length);
    if (bytesRead === 0) throw cutOff();
    length += bytesRead;
  }
  return buffer;
}

/** Zigzag varint; undefined = it goes on beyond the buffer. */
function readNumber(
  buffer: Buffer,
  from: number,
): { readonly value: number; readonly offset: number } | undefined {
  let value = 0n;
  for (let index = from; index < buffer.length; index += 1) {
    const byte = buffer[index] ?? 0;
    value |= BigInt(byte & 0x7f) << BigInt(7 * (index - from));
    if (byte < 0x80)
      return { value: Number(BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n))), offset: index + 1 };
  }
  return undefined;
}

function decodeBlock(type: Type, data: Buffer, count: number): readonly unknown[] {
  const records: unknown[] = [];
  let position = 0;
  while (records.length < count) {
    const { value, offset } = decodeAt(type, data, position);
    if (offset < 0) throw damaged('a record goes on beyond its block');
    records.push(value);
    position = offset;
  }
  if (position === data.length) return records;
  throw damaged(`${data.length - position} bytes are left over after the ${count} records of a block`);
}

function decodeAt(
  type: Type,
  data: Buffer,
  position: number,
): { readonly value: unknown; readonly offset: number } {
  try {
    return type.decode(data, position);
  } catch (error) {
    throw damaged(error instanceof Error ? error.message : String(error));
  }
}

/** Longs as bigint, because a number would round them; unions in the names of their branches. */
function recordType(schema: AvroSchema): Type {
  return Type.forSchema(schema as Parameters<typeof Type.forSchema>[0], {
    wrapUnions: 'always',
    typeHook: (inner) => (isLong(inner) ? LONG : undefined),
  });
}

function isLong(schema: unknown): boolean {
  return schema === 'long' || (schema as { readonly type?: unknown }).type === 'long';
}

const LONG = types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: (value: number | string) => BigInt(value),
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (left: bigint, right: bigint) => Number(left - right),
});

function cutOff(): UnreadableContent {
  return new UnreadableContent('the Avro data ends in the middle of a block: was the upload cut off?');
}

function damaged(problem: string): UnreadableContent {
  return new UnreadableContent(`the Avro data is damaged: ${problem}`);
}
