import { formatS3Uri } from '../../domain/s3-uri';
import type { PermanentFailureCode } from '../../domain/failure-codes';
import { PermanentFailure, TransientFailure } from '../../ports/failures';
import type { ObjectVersionLocation } from '../../ports/object-store';

/** What the store said, reduced to what decisions need. */
interface StoreAnswer {
  /** S3 error code, or the name or errno of a network error. */
  readonly code: string;
  /** Absent when no answer arrived. */
  readonly status: number | undefined;
  readonly message: string;
}

const MISSING = new Set(['NotFound', 'NoSuchKey', 'NoSuchBucket', 'NoSuchVersion']);
const CORRUPT = new Set([
  'BadDigest',
  'InvalidDigest',
  'XAmzContentSHA256Mismatch',
  'XAmzContentChecksumMismatch',
]);
/** 4xx answers that a later attempt may turn into success. */
const PASSING = new Set([
  'RequestTimeout',
  'IncompleteBody',
  'ExpiredToken',
  'RequestTimeTooSkewed',
  'OperationAborted',
  'ConditionalRequestConflict',
  'ThrottlingException',
  'TooManyRequests',
]);
/** A directory stands where the object should go: passing while racers create and remove neighbours. */
const PATH_CLASH = new Set(['ExistingObjectIsDirectory', 'ObjectParentIsFile']);

/** True when a conditional write was refused because the object is not as the condition wants it. */
export function isLostRace(error: unknown): boolean {
  const { code, status } = answerOf(error);
  return status === 412 || code === 'PreconditionFailed' || code === 'ConditionalRequestConflict';
}

/** True when the object (not the bucket) is missing. */
export function isMissingObject(error: unknown): boolean {
  const { code, status } = answerOf(error);
  return code !== 'NoSuchBucket' && (MISSING.has(code) || status === 404);
}

/** True when a store refused a put because the bytes that arrived are not those that were announced. */
export function isDamaged(error: unknown): boolean {
  return CORRUPT.has(answerOf(error).code);
}

/** Maps whatever the SDK threw to the failures that the port promises; our own failures pass unchanged. */
export function toFailure(
  error: unknown,
  action: string,
  location: ObjectVersionLocation,
): PermanentFailure | TransientFailure {
  if (error instanceof PermanentFailure || error instanceof TransientFailure) return error;
  const answer = answerOf(error);
  const fields = {
    uri: formatS3Uri(location),
    versionId: location.versionId,
    code: answer.code,
    status: answer.status,
  };
  const permanent = permanentCode(answer);
  if (permanent === undefined) {
    const message = `Object store could not ${action}: ${answer.message}${hintFor(answer)}`;
    return new TransientFailure('StoreUnavailable', message, fields, { cause: error });
  }
  const message = `Object store refused to ${action}: ${answer.message}${hintFor(answer)}`;
  return new PermanentFailure(permanent, message, fields, { cause: error });
}

function permanentCode({ code, status, message }: StoreAnswer): PermanentFailureCode | undefined {
  // 405 answers a HEAD or GET of a version that is a delete marker.
  if (MISSING.has(code) || status === 404 || status === 405) return 'NotFound';
  if (CORRUPT.has(code) || message.startsWith('Checksum mismatch')) return 'IntegrityError';
  if (PASSING.has(code) || PATH_CLASH.has(code)) return undefined;
  if (status === 501) return 'UnsafeStore';
  if (status === 403) return 'AccessDenied';
  if (status !== undefined && status >= 300 && status < 500 && status !== 408 && status !== 429) {
    return 'InvalidInput';
  }
  return undefined;
}

function hintFor({ code, status }: StoreAnswer): string {
  if (PATH_CLASH.has(code)) return '; "x" and "x/y" cannot both exist in this store: rename one of them';
  if (status === 403) {
    return '; check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, the bucket policy and any retention lock';
  }
  if (status === 301 || code === 'AuthorizationHeaderMalformed') return '; check AWS_REGION';
  if (status === 501) return '; this store lacks a feature that Millrace needs';
  if (status === undefined) return '; is the object store running, and is AWS_ENDPOINT_URL_S3 right?';
  return '';
}

function answerOf(error: unknown): StoreAnswer {
  if (!(error instanceof Error)) return { code: 'unknown', status: undefined, message: String(error) };
  const details = error as Error & {
    readonly $metadata?: { readonly httpStatusCode?: number };
    readonly code?: unknown;
    readonly Code?: unknown;
  };
  // A HEAD has no body, so its errors carry only a status; `Unknown` and `UnknownError` say nothing more.
  const code = [details.Code, details.code, error.name].find((name) => typeof name === 'string');
  return {
    code: typeof code === 'string' ? code : 'unknown',
    status: details.$metadata?.httpStatusCode,
    message: error.message || error.name,
  };
}
