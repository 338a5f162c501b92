import { open } from 'node:fs/promises';
import type { PipelinePlan } from '../../domain/plan';
import type { QuerySession } from '../../ports/query-engine';
import { typingGapsSql } from '../../sql/plain-rows';
import type { TypedRecords } from '../../sql/staged-object';
import { MAX_RECORD_BYTES } from './csv-record';
import { MAX_FRAME_BYTES } from './record-writer';

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
  { path, typedPath, typedRows }: TypedRecords,
  apartPath: string,
): Promise<void> {
  // As in lineNumber: a header line that was put before the file does not count.
  const uncounted = plan.source.csv.header === false ? 1 : 0;
  const isTyped = createLineTest(await typingGaps(session, typedPath), typedRows);
  const source = await open(path, 'r');
  const apart = await open(apartPath, 'w');
  try {
    const buffer = Buffer.allocUnsafe(SLICE_BYTES + MAX_RECORD_BYTES + MAX_FRAME_BYTES);
    for (let filled = 0; ;) {
      const { bytesRead } = await source.read(buffer, filled, SLICE_BYTES);
      if (bytesRead === 0) break;
      filled += bytesRead;
      const found: Buffer[] = [];
      let start = 0;
      for (let end = lineEnd(buffer, start, filled); end > 0; end = lineEnd(buffer, start, filled)) {
        if (!isTyped(lineOf(buffer, start) - uncounted)) found.push(buffer.subarray(start, end));
        start = end;
      }
      await apart.appendFile(Buffer.concat(found));
      buffer.copyWithin(0, start, filled);
      filled -= start;
    }
  } finally {
    await source.close();
    await apart.close();
  }
}

/** 0 when the record goes on behind `filled`. */
function lineEnd(buffer: Buffer, start: number, filled: number): number {
  const end = buffer.indexOf(LF, start) + 1;
  return end > filled ? 0 : end;
}

/** Two typed lines between which there is none, or their beginning. */
type Gap = readonly [before: number, line: number];

/** In the order of the records. */
async function typingGaps(
  session: Pick<QuerySession, 'batches'>,
  typedPath: string,
): Promise<readonly Gap[]> {
  const gaps: Gap[] = [];
  for await (const batch of session.batches(typingGapsSql(typedPath)))
    for (let row = 0; row < batch.numRows; row += 1)
      gaps.push([Number(batch.getChildAt(0)?.get(row)), Number(batch.getChildAt(1)?.get(row))]);
  return gaps;
}

/** To be asked for the lines of the records, in their order. */
function createLineTest(gaps: readonly Gap[], typedRows: number): (line: number) => boolean {
  let next = 0;
  let typed = 0;
  return (line) => {
    while (next < gaps.length && line >= (gaps[next]?.[1] ?? 0)) next += 1;
    const isInGap = line > (gaps[next]?.[0] ?? Infinity);
    // Behind the last gap there are typed lines only, and then none.
    if (isInGap || typed === typedRows) return false;
    typed += 1;
    return true;
  };
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
