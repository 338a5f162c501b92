import { readFile, writeFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { PipelinePlan } from '../../domain/plan';
import type { QuerySession } from '../../ports/query-engine';
import { typedLinesSql } from '../../sql/plain-rows';
import type { PlainRecords } from '../../sql/staged-object';

const LF = 10;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;

/** So much is looked at without a break for the event loop. */
const SLICE_BYTES = 1024 * 1024;

/** Copies the plain records that were not typed: those that break a rule. They are few, so this is quicker than SQL. */
export async function setApart(
  session: Pick<QuerySession, 'batches'>,
  plan: PipelinePlan,
  { path, typedPath }: PlainRecords & { readonly typedPath: string },
  apartPath: string,
): Promise<void> {
  const typed = await typedLines(session, typedPath);
  const records = await readFile(path);
  // As in lineNumber: a header line that was put before the file does not count.
  const uncounted = plan.source.csv.header === false ? 1 : 0;
  const found: Buffer[] = [];
  let next = 0;
  for (let start = 0, pause = SLICE_BYTES; start < records.length;) {
    if (start >= pause) {
      pause += SLICE_BYTES;
      await setImmediate();
    }
    const end = records.indexOf(LF, start) + 1;
    if (lineOf(records, start) - uncounted === typed[next]) next += 1;
    else found.push(records.subarray(start, end));
    start = end;
  }
  await writeFile(apartPath, Buffer.concat(found));
}

/** In the order of the records. */
async function typedLines(
  session: Pick<QuerySession, 'batches'>,
  typedPath: string,
): Promise<readonly number[]> {
  const lines: number[] = [];
  for await (const batch of session.batches(typedLinesSql(typedPath)))
    for (const line of batch.getChildAt(0)?.toArray() as Iterable<bigint | number>) lines.push(Number(line));
  return lines;
}

/** The number before a record, without its sign. */
function lineOf(records: Buffer, start: number): number {
  let line = 0;
  for (let at = records[start] === MINUS ? start + 1 : start; ; at += 1) {
    const byte = records[at] ?? 0;
    if (byte < ZERO || byte > NINE) return line;
    line = line * 10 + byte - ZERO;
  }
}
