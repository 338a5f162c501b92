import type { PathPart, SpecPath } from './finding';
import type { ExpectationSpec } from './schema/expectation-schema';

/** An expectation and where in the file it comes from. */
export interface LocatedExpectation {
  readonly item: ExpectationSpec;
  readonly path: SpecPath;
  /** False when it is said in other words there: `required: true` is a `not_null` without a text of its own. */
  readonly isVerbatim: boolean;
}

/** Where a part of an expectation stands. */
export function pathOf({ path, isVerbatim }: LocatedExpectation, ...parts: readonly PathPart[]): SpecPath {
  return isVerbatim ? [...path, ...parts] : path;
}
