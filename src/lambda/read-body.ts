import type { IncomingMessage } from 'node:http';

/** The request's text; `undefined` when it is longer than `maxBytes` (the rest is read and dropped). */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes <= maxBytes) parts.push(part);
  }
  return bytes <= maxBytes ? Buffer.concat(parts).toString('utf8') : undefined;
}
