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

/** When the store took the object, on its clock. */
export const UPLOADED = identifier('$uploaded');
