import type { CsvDialect } from '../../domain/plan';
import { PermanentFailure } from '../../ports/failures';
import type { CsvBytes } from './csv-record';

/** @throws PermanentFailure InvalidPlan for separators outside of ASCII. */
export function csvBytes({ delimiter, quote }: CsvDialect): CsvBytes {
  return { delimiter: asciiByte('delimiter', delimiter), quote: asciiByte('quote', quote) };
}

function asciiByte(name: string, character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (character.length === 1 && code > 0 && code < 128 && code !== 10 && code !== 13) return code;
  throw new PermanentFailure('InvalidPlan', 'CSV separator cannot be used: expected one ASCII character', {
    [name]: character,
  });
}
