import type { Payload } from '@temporalio/common';
import { createEncryptionCodec } from './encryption-codec';
import { createKeyRing, type NamedKey } from './key-ring';

const OLD: NamedKey = { id: 'old', bytes: Buffer.alloc(32, 1) };
const NEW: NamedKey = { id: 'new', bytes: Buffer.alloc(32, 2) };
const codec = (...keys: NamedKey[]): ReturnType<typeof createEncryptionCodec> =>
  createEncryptionCodec(createKeyRing(keys));

const payload: Payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"text"') };
const textsOf = ({ metadata, data }: Payload): readonly string[] => [
  Buffer.from(metadata?.['encoding'] ?? []).toString(),
  Buffer.from(data ?? []).toString(),
];

test('a payload comes back whole, and never encrypts to the same bytes twice', async () => {
  const [one, two] = await codec(NEW).encode([payload, payload]);
  expect(one!.data).not.toEqual(two!.data);
  expect(Buffer.from(one!.data!).includes('text')).toBe(false);
  const [back] = await codec(NEW).decode([one!]);
  expect(textsOf(back!)).toEqual(textsOf(payload));
});

test('after a rotation the old key still decrypts, and the new one encrypts', async () => {
  const [before] = await codec(OLD).encode([payload]);
  const rotated = codec(NEW, OLD);
  const [back] = await rotated.decode([before!]);
  expect(textsOf(back!)).toEqual(textsOf(payload));
  const [after] = await rotated.encode([payload]);
  await expect(async () => codec(OLD).decode([after!])).rejects.toThrow('not at hand [id=new]');
});

test('a flipped bit is noticed', async () => {
  const [sealed] = await codec(NEW).encode([payload]);
  const data = Buffer.from(sealed!.data!);
  data[20]! ^= 1;
  await expect(async () => codec(NEW).decode([{ ...sealed!, data }])).rejects.toThrow();
});

test('payloads from before the codec was switched on pass through', async () => {
  expect(await codec(NEW).decode([payload])).toEqual([payload]);
});
