import { chunkHints } from './chunk-hints';
import type { ObjectEvent } from './object-event';

const event = (key: string): ObjectEvent => ({
  hint: { bucket: 'lake', key },
  pipeline: 'flights',
  kind: 'created',
  source: 's3',
});
const sizeOf = (chunk: readonly ObjectEvent[]): number =>
  Buffer.byteLength(JSON.stringify({ objects: chunk.map(({ hint }) => hint) }));

test('no signal is larger than the limit, and no event is lost or moved', () => {
  const events = Array.from({ length: 500 }, (_, index) => event(`raw/flights/ü-${index}.csv`));
  const chunks = chunkHints(events, 1_000);
  expect(chunks.flat()).toEqual(events);
  expect(Math.max(...chunks.map(sizeOf))).toBeLessThanOrEqual(1_000);
  expect(chunks.length).toBeLessThan(events.length / 10);
});

test('the default limit keeps a signal below 6 KB', () => {
  const events = Array.from({ length: 300 }, (_, index) => event(`raw/flights/${'x'.repeat(index)}.csv`));
  expect(Math.max(...chunkHints(events).map(sizeOf))).toBeLessThanOrEqual(6_000);
});

test('an event over the limit travels alone', () => {
  const chunks = chunkHints([event('a'), event('b'.repeat(200)), event('c')], 100);
  expect(chunks.map((chunk) => chunk.length)).toEqual([1, 1, 1]);
});

test('nothing to send makes no signal', () => {
  expect(chunkHints([])).toEqual([]);
});
