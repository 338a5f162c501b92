import { identifier } from './quote';

/** Names of validation's own columns hold a `$`, which no column of a plan can. */
export const OBJECT = identifier('$object');
export const LINE = identifier('$line');

/** Raw text of the plan's column number `index`. */
export function cellName(index: number): string {
  return identifier(`$${String(index)}`);
}

/** Columns that the accepted rows carry besides the plan's: where each row came from. */
export const ORIGIN_COLUMNS = { object: '_object', line: '_line' } as const;
