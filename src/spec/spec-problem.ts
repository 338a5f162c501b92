/** One thing that is wrong with a pipeline file, and where. */
export interface SpecProblem {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  /** E.g. `features[3].sql`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly expected?: string;
  readonly got?: string;
  /** The nearest valid name or text: what the author probably meant. */
  readonly suggestion?: string;
}
