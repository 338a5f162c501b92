import type { ObjectEvent } from './object-event';

/** A signal of this size leaves room for its envelope below the 8 KB that Millrace allows for one message. */
const MAX_SIGNAL_BYTES = 6_000;

/** Splits events into signals that stay small, in order. An event that is too large by itself travels alone. */
export function chunkHints(
  events: readonly ObjectEvent[],
  maxBytes: number = MAX_SIGNAL_BYTES,
): readonly (readonly ObjectEvent[])[] {
  const chunks: ObjectEvent[][] = [];
  let bytes = Infinity;
  for (const event of events) {
    const size = Buffer.byteLength(JSON.stringify(event.hint)) + 1;
    if (bytes + size > maxBytes) {
      chunks.push([]);
      bytes = '{"objects":[]}'.length;
    }
    chunks.at(-1)?.push(event);
    bytes += size;
  }
  return chunks;
}
