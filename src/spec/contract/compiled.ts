import type { Finding } from '../finding';
import type { LocatedExpectation } from '../located-expectation';

/** What one part of a contract comes to. */
export interface Compiled {
  readonly expectations: readonly LocatedExpectation[];
  /** What is wrong beyond the shape of the document. */
  readonly findings: readonly Finding[];
}
