import { PermanentFailure, TransientFailure } from '../../ports/failures';

/** DuckDB's error text begins with its kind. These kinds depend on the SQL alone and quote nothing else. */
const ABOUT_SQL =
  /^(?:Failed to extract statements: )?(?:Parser|Syntax|Binder|Catalog|Permission|Not implemented) Error: /i;
/** These depend on the data too, and quote it: row values must not reach histories and logs. */
const ABOUT_ROWS = /^(?:Conversion|Out of Range|Mismatch Type|Invalid Input|Constraint) Error: /i;

/**
 * Repeatable faults are permanent: the same statement fails the same way again. The rest (IO, Out of Memory,
 * INTERRUPT, Internal, …) may not. Where an engine message may quote row values, they and the original error, which
 * would carry them along as the cause, are left out.
 */
export function asEngineFailure(error: unknown): Error {
  if (error instanceof PermanentFailure || error instanceof TransientFailure) return error;
  const reason = reasonOf(error);
  if (ABOUT_SQL.test(reason)) {
    return new PermanentFailure('InvalidInput', `SQL failed: ${reason}`, {}, { cause: error });
  }
  const kind = ABOUT_ROWS.exec(reason)?.[0];
  if (kind !== undefined) {
    const problem = withoutValues(reason.slice(kind.length));
    return new PermanentFailure('InvalidInput', `SQL failed: ${kind}${problem} (row values are left out)`);
  }
  return new TransientFailure('EngineFailed', `Query engine failed: ${firstLine(reason)}`);
}

/** Up to the first bracket, colon or quotation mark, but not an apostrophe as in "can't". */
const BEFORE_VALUES = /^(?:[^'"(:]|(?<=[a-z])'(?=[a-z]))*/i;
const TYPE_AND_COLUMN = /(?: to [A-Z]\w*(?:\(\d+,\d+\))?)?(?: when casting from source column \w+)?$/;

/** `Could not convert string 'x' to INT32 when casting from source column a` loses only the `'x'`. */
function withoutValues(text: string): string {
  const line = firstLine(text);
  const before = BEFORE_VALUES.exec(line)?.[0] ?? '';
  const after = TYPE_AND_COLUMN.exec(line.slice(before.length))?.[0] ?? '';
  return `${withoutNumbers(before)}${before === line ? '' : '…'}${after}`;
}

function withoutNumbers(text: string): string {
  return text.replace(/ with value .* can't /, " with value … can't ").replace(/-?\b\d[\d.]*/g, '…');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** The binding creates its errors in native code, maybe of another realm: `instanceof Error` may not hold. */
function reasonOf(error: unknown): string {
  const isErrorLike = typeof error === 'object' && error !== null && 'message' in error;
  return String(isErrorLike ? error.message : error);
}
