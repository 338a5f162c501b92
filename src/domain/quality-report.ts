import type { OnFail } from './plan';
import type { Requirement } from './requirement';

/** A row that breaks a rule: where it stands, and the text of the cells that the rule looks at. */
export interface UnexpectedRow {
  /** Position in the batch manifest. */
  readonly object: number;
  readonly line: number;
  /** Raw text; several columns are joined with ", ". `null`: no such cell. */
  readonly value: string | null;
}

/**
 * What one rule came to. Of a rule about rows the observed value is the number (or percentage) of rows that break it;
 * of a measure it is the number itself, and no row is unexpected.
 */
export interface ExpectationReport {
  /** `between(distance)`; unique in the report. */
  readonly name: string;
  /** `structure`, `type`, `required`, `future`, or a kind of {@link Expectation}. */
  readonly kind: string;
  /** `rows`: each row breaks it or not; `batch`: one number about all of them. */
  readonly about: 'rows' | 'batch';
  readonly columns: readonly string[];
  /** What the rule expects of a row or of the batch, in words. */
  readonly expected: string;
  readonly description?: string;
  readonly dimension?: string;
  readonly severity?: string;
  readonly onFail: OnFail;
  /** `null`: not evaluated, see {@link notEvaluated}. */
  readonly success: boolean | null;
  readonly notEvaluated?: string;
  readonly observedValue: number | null;
  /** What the observed value has to be; for rows by default `mustBe 0`. */
  readonly requirement: Requirement;
  /** Rows (1 for a measure) that were looked at. */
  readonly elementCount: number;
  readonly unexpectedCount: number;
  /** Of {@link elementCount}, to four decimals. */
  readonly unexpectedPercent: number;
  /** The first 20. */
  readonly sample: readonly UnexpectedRow[];
  /** DuckDB SQL over the batch's own files that finds all unexpected rows, or computes the measure. */
  readonly query: string | null;
}

/** `report.json` of the validate stage; see docs/formats/quality-report.md. */
export interface QualityReport {
  readonly formatVersion: 2;
  readonly pipeline: string;
  readonly batchDigest: string;
  readonly verdict: 'accepted' | 'rejected';
  readonly reasons: readonly string[];
  readonly rows: number;
  readonly accepted: number;
  readonly quarantined: number;
  readonly quarantinedPercent: number;
  /** Objects of the batch in manifest order: what `object` in a sample stands for. */
  readonly objects: readonly string[];
  readonly expectations: readonly ExpectationReport[];
  readonly columns: readonly { readonly column: string; readonly nulls: number }[];
}
