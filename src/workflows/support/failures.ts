import { isFinalFailureType } from '../../domain/failure-codes';
import { ApplicationFailure, isCancellation, TemporalFailure, TerminatedFailure } from '@temporalio/workflow';

/** Deeper chains would be a cycle or a bug; the operator needs the innermost reason that we can reach. */
const MAX_CAUSE_DEPTH = 16;

/** The innermost message of a failure: what really went wrong, without Temporal's wrapping. */
export function rootMessage(error: unknown): string {
  let current: unknown = error;
  for (let depth = 0; depth < MAX_CAUSE_DEPTH; depth += 1) {
    if (!(current instanceof Error) || !(current.cause instanceof Error)) break;
    current = current.cause;
  }
  return current instanceof Error ? current.message : String(current);
}

/** True when running again by itself cannot help: bad input, or somebody wanted the end. */
export function isFinal(error: unknown): boolean {
  const type = failureType(error);
  return type === undefined ? wasTerminated(error) : isFinalFailureType(type);
}

function wasTerminated(error: unknown): boolean {
  return error instanceof Error && (error instanceof TerminatedFailure || wasTerminated(error.cause));
}

/** The `type` of the first ApplicationFailure in the chain: one of our failure codes. */
export function failureType(error: unknown): string | undefined {
  let current: unknown = error;
  for (let depth = 0; depth < MAX_CAUSE_DEPTH && current instanceof Error; depth += 1) {
    if (current instanceof ApplicationFailure) return current.type ?? undefined;
    current = current.cause;
  }
  return undefined;
}

/**
 * Only a TemporalFailure fails a workflow; anything else fails the workflow task, which is retried for ever.
 */
export function asWorkflowFailure(error: unknown): TemporalFailure {
  if (error instanceof TemporalFailure) return error;
  return ApplicationFailure.create({
    message: rootMessage(error),
    nonRetryable: true,
    cause: error as Error,
  });
}

export { isCancellation };
