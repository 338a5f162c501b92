import type { MeasureExpectation, OnFail } from '../domain/plan';
import type { Requirement } from '../domain/requirement';

/** What every rule carries into the report. */
interface RuleHead {
  readonly name: string;
  readonly kind: string;
  readonly onFail: OnFail;
  /** The columns whose values are shown with a violation. */
  readonly columns: readonly string[];
  /** What is wrong with a row that breaks it. */
  readonly message: string;
  /** What a row that does not break it is like. */
  readonly expected: string;
  /** How many rows may break it; absent: none. */
  readonly requirement?: Requirement;
  readonly description?: string;
  readonly severity?: string;
  readonly dimension?: string;
}

/** A check of single rows, made from the columns' types, the key, and the plan's expectations. */
export interface RowRule extends RuleHead {
  /** SQL of a message that names the row's own values, over `raw` and `sources`; in place of `message`. */
  readonly ownMessage?: string;
  /** SQL over a row's typed values and its cells; true = violated, false or NULL = fine. */
  readonly violated: string;
  /** Why it cannot be judged; then no row breaks it. */
  readonly notEvaluated?: string;
  /** Common table expression that `violated` reads beside `parsed`, for queries outside of Millrace. */
  readonly reads?: string;
}

/** All but the newest of the rows that agree in its columns break it. */
export type UniqueRule = RuleHead;

/** Its query selects the rows that break it, or gives one number: that is known once it has run. */
export interface SqlRule extends RuleHead {
  readonly query: string;
}

export interface RuleSet {
  readonly rowRules: readonly RowRule[];
  readonly uniqueRules: readonly UniqueRule[];
  readonly sqlRules: readonly SqlRule[];
  /** Those of them that turned out to give a number. */
  readonly sqlMeasures: readonly SqlRule[];
  readonly measures: readonly MeasureExpectation[];
}

export type NumberedRule = RowRule | UniqueRule | SqlRule;

/** The rules that rows are set aside by; `violations` refers to them by their place in this list. */
export function numberedRules({ rowRules, uniqueRules, sqlRules }: RuleSet): readonly NumberedRule[] {
  return [...rowRules, ...sqlRules, ...uniqueRules];
}
