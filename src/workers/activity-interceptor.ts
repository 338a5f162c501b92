import type { Context } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { toApplicationFailure } from '../activities/to-application-failure';
import { PermanentFailure } from '../ports/failures';

/**
 * A tenth of what the server allows, far below its 2 MB: histories hold references, never data. The promise is
 * 8 KB for each payload.
 */
export const MAX_PAYLOAD_BYTES = 8 * 1024;

/** With a 5 s timeout a dead worker is noticed after at most this much longer than five missed beats. */
export const HEARTBEAT_INTERVAL_MS = 1_000;

/** Keeps the details of the latest progress, so that the pulse repeats instead of wiping them. */
const latestDetails = new WeakMap<Context, unknown>();

export function reportProgress(context: Context, details: unknown): void {
  latestDetails.set(context, details);
  context.heartbeat(details);
}

/** Around every activity: a pulse for the server, small payloads only, and our failures as Temporal's. */
export function activityInterceptor(context: Context): ActivityInboundCallsInterceptor {
  return {
    async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>) {
      const pulse = setInterval(() => {
        context.heartbeat(latestDetails.get(context));
      }, HEARTBEAT_INTERVAL_MS);
      try {
        assertSmall('input', context.info.activityType, input.args);
        const result = await next(input);
        assertSmall('result', context.info.activityType, result);
        return result;
      } catch (error) {
        // Whatever it died of: it was asked to end.
        if (context.cancellationSignal.aborted) return await context.cancelled;
        throw toApplicationFailure(error);
      } finally {
        clearInterval(pulse);
      }
    },
  };
}

function assertSmall(what: 'input' | 'result', activityType: string, value: unknown): void {
  const bytes = Buffer.byteLength(JSON.stringify(value ?? null));
  if (bytes <= MAX_PAYLOAD_BYTES) return;
  throw new PermanentFailure(
    'PayloadTooLarge',
    'Activity payload is too large for a history: pass a reference to an object in the lake instead',
    { activityType, what, bytes, maxBytes: MAX_PAYLOAD_BYTES },
  );
}
