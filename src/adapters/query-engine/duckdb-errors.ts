import { PermanentFailure, TransientFailure } from '../../ports/failures';

/**
 * DuckDB's error text begins with its kind. These kinds depend on the SQL and the data alone, so the same statement
 * fails the same way again; the rest (IO, Out of Memory, INTERRUPT, Internal, …) may not.
 */
const REPEATABLE =
  /^(?:Failed to extract statements: )?(Parser|Syntax|Binder|Catalog|Permission|Conversion|Out of Range|Mismatch Type|Not implemented|Invalid Input|Constraint) Error: /i;

export function asEngineFailure(error: unknown): Error {
  if (error instanceof PermanentFailure || error instanceof TransientFailure) return error;
  const reason = reasonOf(error);
  if (REPEATABLE.test(reason)) {
    return new PermanentFailure('InvalidInput', `SQL failed: ${reason}`, {}, { cause: error });
  }
  return new TransientFailure('EngineFailed', `Query engine failed: ${reason}`, {}, { cause: error });
}

/** The binding creates its errors in native code, maybe of another realm: `instanceof Error` may not hold. */
function reasonOf(error: unknown): string {
  const isErrorLike = typeof error === 'object' && error !== null && 'message' in error;
  return String(isErrorLike ? error.message : error);
}
