import { ApplicationFailure } from '@temporalio/common';
import { PermanentFailure, TransientFailure } from '../ports/failures';

/**
 * The one place where our failures become Temporal's: across the activity boundary only type, message, details and
 * the retry flag survive. Anything unknown stays retryable; Temporal wraps it.
 */
export function toApplicationFailure(error: unknown): unknown {
  if (error instanceof PermanentFailure || error instanceof TransientFailure) {
    return ApplicationFailure.create({
      type: error.code,
      message: error.message,
      nonRetryable: error instanceof PermanentFailure,
      details: [error.fields],
      cause: error,
    });
  }
  return error;
}
