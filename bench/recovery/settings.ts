import { DATA_WORK } from '../../src/contracts/activity-profiles';
import { RESTART_BACKOFF } from '../../src/dev/restart-backoff';
import { DELIVERY_RETRIES } from '../../src/lambda/retry-delivery';
import { HEARTBEAT_INTERVAL_MS } from '../../src/workers/activity-interceptor';
import { WORKER_TIMING } from '../../src/workers/run-worker';

/** Everything that decides how long a recovery takes, as it stands in the code that was measured. */
export function recoverySettings(): Readonly<Record<string, unknown>> {
  return {
    activity: { ...DATA_WORK, heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS },
    worker: WORKER_TIMING,
    workflowTaskTimeout: '10s, the server’s default',
    supervisorRestart: RESTART_BACKOFF,
    eventDelivery: DELIVERY_RETRIES,
  };
}
