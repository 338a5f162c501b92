import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';
import type { RetryPolicy } from '@temporalio/common';
import { PERMANENT_FAILURE_CODES } from '../domain/failure-codes';

/** Always whole profiles: a partial one would let a caller set a timeout and lose the retry cap. */
export type ActivityProfile = ActivityOptions &
  Required<Pick<ActivityOptions, 'startToCloseTimeout' | 'heartbeatTimeout' | 'retry'>>;

/**
 * The worker heartbeats every activity once a second (workers/heartbeat-interceptor.ts), so a dead worker is
 * noticed within this time whatever the attempt's own timeout is.
 */
const HEARTBEAT_TIMEOUT = '5s';

/** An undo that starts while the step is still running would race with it: wait until it has stopped. */
const CANCELLATION = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

const RETRY: RetryPolicy = {
  initialInterval: '1s',
  backoffCoefficient: 2,
  maximumInterval: '30s',
  maximumAttempts: 5,
  nonRetryableErrorTypes: [...PERMANENT_FAILURE_CODES],
};

/** A few small store or HTTP calls. */
export const LIGHT_IO: ActivityProfile = {
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: CANCELLATION,
  retry: RETRY,
};

/** News for somebody outside: worth a few minutes of trying, not more. */
export const NOTIFICATION: ActivityProfile = {
  startToCloseTimeout: '30s',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: CANCELLATION,
  retry: RETRY,
};

/** Reads, hashes or rewrites bulk data; an hour is several times what a 21-million-row batch takes. */
export const DATA_WORK: ActivityProfile = {
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: CANCELLATION,
  retry: RETRY,
};

/**
 * For what comes after the end of a run, when everything is decided and published: nobody should wait long for it, and
 * nothing is lost with it. A worker that was killed is back within seconds.
 */
export const AFTERWARDS: ActivityProfile = {
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '2 minutes',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: CANCELLATION,
  retry: RETRY,
};

/** A training attempt; resumes at the last checkpoint, so attempts are cheap. */
export const TRAINING: ActivityProfile = {
  startToCloseTimeout: '24 hours',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: CANCELLATION,
  retry: RETRY,
};
