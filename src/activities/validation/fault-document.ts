/** Of a record that is too long, this much is kept. */
export const MAX_RAW_BYTES = 64 * 1024;

/** A record that is none, as one line of `faults.ndjson`. Line numbers and texts are those of the source object. */
export function faultDocument(object: number, line: number, content: Buffer, message: string): string {
  // The JSON reader refuses NUL; bytes that are not UTF-8 are replaced in the same way.
  const raw = content.toString('utf8', 0, MAX_RAW_BYTES).replaceAll('\0', '\uFFFD');
  return `${JSON.stringify({ object, line, raw, message })}\n`;
}
