import { QUICK_CHARACTERS, type QuickForm } from '../../sql/quick-cells';

/** Which cells the engine's own CSV reader, told their types, reads as the strict patterns would; see plain-rows.ts. */
export interface PlainCells {
  /** Cells of these characters that are neither empty nor too long need no closer look. */
  readonly characters: Readonly<Record<QuickForm, string>>;
  readonly mostBytes: (form: QuickForm) => number;
  /** The closer look. */
  readonly isPlain: (form: QuickForm | undefined, buffer: Buffer, start: number, end: number) => boolean;
}

const MINUS = 45;
const ZERO = 48;
const NINE = 57;
/** So many digits fit into 64 bits, whatever they are. */
const MOST_DIGITS = 18;

/** @param nullValues texts that mean "no value" */
export function createPlainCells(nullValues: readonly string[]): PlainCells {
  const nulls = nullValues.map((value) => Buffer.from(value));
  const isNull = (buffer: Buffer, start: number, end: number): boolean =>
    nulls.some((value) => value.length === end - start && value.compare(buffer, start, end) === 0);
  return {
    characters: { ...QUICK_CHARACTERS, integer: '0123456789' },
    mostBytes: (form) => (form === 'integer' ? MOST_DIGITS : Infinity),
    isPlain: (form, buffer, start, end) =>
      (form === 'integer' && isInteger(buffer, start, end)) ||
      (form !== 'integer' && start === end) ||
      isNull(buffer, start, end),
  };
}

function isInteger(buffer: Buffer, start: number, end: number): boolean {
  const first = buffer[start] === MINUS ? start + 1 : start;
  if (first >= end || end - first > MOST_DIGITS) return false;
  for (let at = first; at < end; at += 1) {
    const byte = buffer[at] ?? 0;
    if (byte < ZERO || byte > NINE) return false;
  }
  return true;
}
