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
  /** SQL over the `parsed` view; true = violated, false or NULL = fine. */
  readonly violated: string;
}

/** All but the newest of the rows that agree in its columns break it. */
export type UniqueRule = RuleHead;

export interface RuleSet {
  readonly rowRules: readonly RowRule[];
  readonly uniqueRules: readonly UniqueRule[];
  readonly measures: readonly MeasureExpectation[];
}

/** The rules that rows are set aside by; `violations` refers to them by their place in this list. */
export function numberedRules({ rowRules, uniqueRules }: RuleSet): readonly (RowRule | UniqueRule)[] {
  return [...rowRules, ...uniqueRules];
}
