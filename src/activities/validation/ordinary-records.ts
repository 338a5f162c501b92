import { QUICK_CHARACTERS, type QuickForm } from '../../sql/quick-cells';
import { MAX_RECORD_BYTES, type CsvBytes } from './csv-record';
import type { PlainCells } from './plain-cells';
import type { RecordWriter } from './record-writer';

/** For each cell of a file what its column makes of quick characters; undefined = nothing. */
export type CellForms = readonly (QuickForm | undefined)[];

export interface OrdinaryRecords {
  /** Where the first record begins that was not taken. */
  readonly next: number;
  /** How many were taken; each is one line. */
  readonly records: number;
}

export interface OrdinaryReader {
  /**
   * Writes records from `buffer[start]` on until one is not ordinary, or `end`, which is behind a line feed. `line` is
   * the number of the first. Numbers of records with quick characters alone are written with a minus.
   *
   * @param quick receives these; it may be the `writer` of the others
   */
  readonly take: (
    buffer: Buffer,
    start: number,
    end: number,
    line: number,
    writer: RecordWriter,
    quick: RecordWriter,
  ) => OrdinaryRecords;
}

const LF = 10;
const CR = 13;
const SPECIAL = 128;
/** Files of quoted cells have few ordinary records: looking for them each time would be done in vain. */
const WAIT_CALLS = 16;
/** Above all that `>>> 0` gives. */
const NO_LIMIT = 2 ** 32;

/**
 * Reads the records that most files are made of: without quotes and carriage returns, of the right number of cells,
 * neither blank nor too long. All others are for `scanRecord`, which is slower and knows every rule.
 */
export function createOrdinaryReader(
  bytes: CsvBytes,
  cells: number,
  forms: CellForms,
  plain?: PlainCells,
): OrdinaryReader {
  const kinds = kindsOf(bytes, plain?.characters ?? QUICK_CHARACTERS);
  const most = forms.map((form) => (plain && form ? plain.mostBytes(form) : NO_LIMIT));
  const foreign = Uint8Array.from({ length: cells }, (_unused, index) => foreignBit(forms[index]));
  const canBeQuick = foreign.some((bit) => bit !== 0);
  const { delimiter } = bytes;
  let wait = 0;

  return {
    take: (buffer, first, end, firstLine, writer, quick) => {
      wait -= 1;
      if (wait >= 0) return { next: first, records: 0 };
      let start = first;
      let line = firstLine;
      while (start < end) {
        let position = start;
        let cell = 0;
        let unfit = 0;
        for (;;) {
          let seen = 0;
          const cellStart = position;
          let kind = kinds[buffer[position] ?? LF] ?? SPECIAL;
          while (kind < SPECIAL) {
            seen |= kind;
            position += 1;
            kind = kinds[buffer[position] ?? LF] ?? SPECIAL;
          }
          const odd = seen & (foreign[cell] ?? 0);
          // An empty cell counts as a very long one.
          if (odd !== 0 || (position - cellStart - 1) >>> 0 >= (most[cell] ?? NO_LIMIT))
            unfit |= plain?.isPlain(forms[cell], buffer, cellStart, position) ? 0 : 1;
          if (buffer[position] !== delimiter) break;
          cell += 1;
          position += 1;
        }
        const length = position - start;
        if (buffer[position] !== LF || cell !== cells - 1 || length === 0 || length > MAX_RECORD_BYTES) break;
        if (canBeQuick && unfit === 0) quick.append(-line, buffer, start, position);
        else writer.append(line, buffer, start, position);
        line += 1;
        start = position + 1;
      }
      wait = start === first ? WAIT_CALLS : 0;
      return { next: start, records: line - firstLine };
    },
  };
}

const FORMS = Object.keys(QUICK_CHARACTERS) as readonly QuickForm[];

function foreignBit(form: QuickForm | undefined): number {
  return form === undefined ? 0 : 1 << FORMS.indexOf(form);
}

/** Of each byte: the forms that it does not belong to, as bits; or that it is special. */
function kindsOf(
  { delimiter, quote }: CsvBytes,
  characters: Readonly<Record<QuickForm, string>>,
): Uint8Array {
  const kinds = Uint8Array.from({ length: 256 }, (_unused, byte) =>
    FORMS.filter((form) => !characters[form].includes(String.fromCharCode(byte)))
      .map(foreignBit)
      .reduce((bits, bit) => bits | bit, 0),
  );
  for (const byte of [delimiter, quote, LF, CR]) kinds[byte] = SPECIAL;
  return kinds;
}
