import { Transform } from 'node:stream';

/**
 * Rewrites `\"` as `""` and `\\` as `\`, wherever they stand, so that quotes are doubled in what the reader of
 * records gets. Any other character after the escape keeps it.
 */
export function createUnescaper(escape: number, quote: number): Transform {
  let pending = false;
  const rewrite = (chunk: Buffer): Buffer => {
    const output = Buffer.allocUnsafe(chunk.length + 1);
    let length = 0;
    for (const byte of chunk) {
      if (pending) {
        // An escaped quote needs one byte more, in the place of its escape; an escaped escape one byte less.
        if (byte === quote) output[length++] = quote;
        else if (byte !== escape) output[length++] = escape;
        output[length++] = byte;
        pending = false;
      } else if (byte === escape) pending = true;
      else output[length++] = byte;
    }
    return output.subarray(0, length);
  };
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      done(null, rewrite(chunk));
    },
    flush: (done) => {
      done(null, pending ? Buffer.from([escape]) : undefined);
    },
  });
}
