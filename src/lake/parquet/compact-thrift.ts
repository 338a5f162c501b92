/** A value of Thrift's compact protocol, as it was read. */
export type ThriftValue =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'byte'; readonly value: number }
  /** `type` 4, 5 or 6: of 16, 32 or 64 bits. */
  | { readonly kind: 'integer'; readonly type: number; readonly value: bigint }
  /** `double` is left as its 8 bytes. */
  | { readonly kind: 'double' | 'binary'; readonly bytes: Uint8Array }
  | { readonly kind: 'list'; readonly of: number; readonly items: readonly ThriftValue[] }
  | ThriftStruct;

export interface ThriftStruct {
  readonly kind: 'struct';
  /** In the order of the file, which is that of their numbers. */
  readonly fields: ReadonlyMap<number, ThriftValue>;
}

const [TRUE, FALSE, BYTE, I16, I64, DOUBLE, BINARY, LIST, STRUCT] = [1, 2, 3, 4, 6, 7, 8, 9, 12];
const LONG_LIST = 15;

/**
 * Reads one struct (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md). Sets and maps,
 * which Parquet footers do not have, are refused.
 *
 * @throws RangeError for bytes that are none
 */
export function readStruct(bytes: Uint8Array): ThriftStruct {
  const { byte, varint, integer, take } = createInput(bytes);
  const list = (): ThriftValue => {
    const head = byte();
    const of = head & 0x0f;
    const length = head >> 4 === LONG_LIST ? Number(varint()) : head >> 4;
    // Inside of lists a boolean is a byte of its own.
    const item = of === TRUE || of === FALSE ? () => bool(byte() === TRUE) : () => read(of);
    return { kind: 'list', of, items: Array.from({ length }, item) };
  };
  const read = (type: number): ThriftValue => {
    if (type === TRUE || type === FALSE) return bool(type === TRUE);
    if (type === BYTE) return { kind: 'byte', value: byte() };
    if (type >= I16 && type <= I64) return { kind: 'integer', type, value: integer() };
    if (type === DOUBLE) return { kind: 'double', bytes: take(8) };
    if (type === BINARY) return { kind: 'binary', bytes: take(Number(varint())) };
    if (type === LIST) return list();
    if (type === STRUCT) return struct();
    throw new RangeError(`Thrift type is not supported [type=${type}]`);
  };
  const struct = (): ThriftStruct => {
    const fields = new Map<number, ThriftValue>();
    for (let id = 0; ;) {
      const head = byte();
      if (head === 0) return { kind: 'struct', fields };
      id = head >> 4 === 0 ? Number(integer()) : id + (head >> 4);
      fields.set(id, read(head & 0x0f));
    }
  };
  return struct();
}

interface Input {
  readonly byte: () => number;
  readonly varint: () => bigint;
  readonly integer: () => bigint;
  readonly take: (length: number) => Uint8Array;
}

function createInput(bytes: Uint8Array): Input {
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError('Thrift data ends too early');
    at += length;
    return bytes.subarray(at - length, at);
  };
  const byte = (): number => take(1)[0] ?? 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const next = byte();
      value |= BigInt(next & 0x7f) << shift;
      if (next < 0x80) return value;
    }
  };
  const integer = (): bigint => {
    const value = varint();
    return (value >> 1n) ^ -(value & 1n);
  };
  return { byte, varint, integer, take };
}

function bool(value: boolean): ThriftValue {
  return { kind: 'bool', value };
}

/** Writes what {@link readStruct} reads. */
export function writeStruct(struct: ThriftStruct): Buffer {
  const { out, varint, integer } = createOutput();
  const fields = ({ fields: all }: ThriftStruct): void => {
    let last = 0;
    for (const [id, value] of all) {
      const step = id - last;
      const type = typeOf(value);
      if (step > 0 && step <= 15) out.push((step << 4) | type);
      else {
        out.push(type);
        integer(BigInt(id));
      }
      last = id;
      if (value.kind !== 'bool') write(value);
    }
    out.push(0);
  };
  const write = (value: ThriftValue): void => {
    switch (value.kind) {
      case 'bool':
        out.push(value.value ? TRUE : FALSE);
        return;
      case 'byte':
        out.push(value.value);
        return;
      case 'integer':
        integer(value.value);
        return;
      case 'double':
      case 'binary':
        if (value.kind === 'binary') varint(BigInt(value.bytes.length));
        for (const one of value.bytes) out.push(one);
        return;
      case 'list': {
        const { length } = value.items;
        out.push((Math.min(length, LONG_LIST) << 4) | value.of);
        if (length >= LONG_LIST) varint(BigInt(length));
        value.items.forEach(write);
        return;
      }
      case 'struct':
        fields(value);
    }
  };
  fields(struct);
  return Buffer.from(out);
}

interface Output {
  readonly out: number[];
  readonly varint: (value: bigint) => void;
  readonly integer: (value: bigint) => void;
}

function createOutput(): Output {
  const out: number[] = [];
  const varint = (value: bigint): void => {
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
    out.push(Number(rest));
  };
  const integer = (value: bigint): void => {
    varint(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
  };
  return { out, varint, integer };
}

function typeOf(value: ThriftValue): number {
  switch (value.kind) {
    case 'bool':
      return value.value ? TRUE : FALSE;
    case 'byte':
      return BYTE;
    case 'integer':
      return value.type;
    case 'double':
      return DOUBLE;
    case 'binary':
      return BINARY;
    case 'list':
      return LIST;
    case 'struct':
      return STRUCT;
  }
}
