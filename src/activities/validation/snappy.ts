/**
 * Unpacks one Snappy block (https://github.com/google/snappy/blob/main/format_description.txt).
 *
 * @throws RangeError for damaged data, and for more than `maxBytes`
 */
export function unpackSnappy(packed: Uint8Array, maxBytes: number): Buffer {
  const { value: length, next } = readLength(packed);
  if (length > maxBytes) throw new RangeError(`unpacks to ${length} bytes, at most ${maxBytes} are allowed`);
  const output = Buffer.alloc(length);
  let [from, to] = [next, 0];
  while (from < packed.length) {
    const element = readElement(packed, from);
    from = element.next;
    if (to + element.bytes > length || element.distance > to)
      throw new RangeError('points outside of its block');
    if (element.distance === 0) {
      if (from + element.bytes > packed.length) throw new RangeError('ends too early');
      output.set(packed.subarray(from, from + element.bytes), to);
      from += element.bytes;
    } else copyWithin(output, to, element.distance, element.bytes);
    to += element.bytes;
  }
  if (to !== length) throw new RangeError(`unpacks to ${to} bytes, expected ${length}`);
  return output;
}

interface Element {
  /** How far back the bytes lie that come again; 0 = the bytes follow. */
  readonly distance: number;
  readonly bytes: number;
  readonly next: number;
}

function readElement(packed: Uint8Array, from: number): Element {
  const tag = packed[from] ?? 0;
  const rest = tag >> 2;
  switch (tag & 3) {
    case 0: {
      const extra = Math.max(0, rest - 59);
      const bytes = extra === 0 ? rest : littleEndian(packed, from + 1, extra);
      return { distance: 0, bytes: bytes + 1, next: from + 1 + extra };
    }
    case 1:
      return copy(((rest >> 3) << 8) | littleEndian(packed, from + 1, 1), (rest & 7) + 4, from + 2);
    case 2:
      return copy(littleEndian(packed, from + 1, 2), rest + 1, from + 3);
    default:
      return copy(littleEndian(packed, from + 1, 4), rest + 1, from + 5);
  }
}

function copy(distance: number, bytes: number, next: number): Element {
  if (distance === 0) throw new RangeError('repeats nothing');
  return { distance, bytes, next };
}

/** Source and target may overlap: what was just written comes again. */
function copyWithin(output: Buffer, to: number, distance: number, bytes: number): void {
  for (let index = to; index < to + bytes; index += 1) output[index] = output[index - distance] ?? 0;
}

function littleEndian(packed: Uint8Array, from: number, bytes: number): number {
  if (from + bytes > packed.length) throw new RangeError('ends too early');
  let value = 0;
  for (let index = bytes - 1; index >= 0; index -= 1) value = value * 256 + (packed[from + index] ?? 0);
  return value;
}

function readLength(packed: Uint8Array): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let index = 0; index < 5; index += 1) {
    const byte = littleEndian(packed, index, 1);
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, next: index + 1 };
  }
  throw new RangeError('has no length');
}
