import { identifier } from './quote';

/**
 * Names of validation's own columns hold a `$`, which no column of a plan can. The accepted rows carry the first two:
 * where each row came from.
 */
export const OBJECT = identifier('$object');
export const LINE = identifier('$line');

/** Raw text of the plan's column number `index`. */
export function cellName(index: number): string {
  return identifier(`$${String(index)}`);
}

/** In `parsed`: the numbers of the rules about single rows that a row breaks; NULL = none. */
export const BROKEN = identifier('$broken');

/** In `parsed`: the raw texts of a row that breaks a rule, in the plan's column order; NULL for all others. */
export const CELLS = identifier('$cells');

/** In scanned CSV rows: every cell has only characters that its type can be read from without a closer look. */
export const QUICK = identifier('$quick');

/** When the store took the object, on its clock. */
export const UPLOADED = identifier('$uploaded');
