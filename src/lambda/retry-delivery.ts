import { setTimeout as sleep } from 'node:timers/promises';

export interface RetryPolicy {
  /** After this long the event is given up. */
  readonly deadlineMs: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

/** The store sends each event once, so short outages of Temporal are bridged here. */
export const DELIVERY_RETRIES: RetryPolicy = { deadlineMs: 60_000, firstDelayMs: 250, maxDelayMs: 5_000 };

/**
 * Repeats `deliver` with growing pauses until it succeeds, `isHopeless`, the deadline or the signal.
 *
 * @throws the last error of `deliver`
 */
export async function retryDelivery(
  deliver: () => Promise<void>,
  isHopeless: (error: unknown) => boolean,
  signal: AbortSignal,
  policy: RetryPolicy = DELIVERY_RETRIES,
): Promise<void> {
  const giveUpAt = performance.now() + policy.deadlineMs;
  for (let delayMs = policy.firstDelayMs; ; delayMs = Math.min(delayMs * 2, policy.maxDelayMs)) {
    try {
      await deliver();
      return;
    } catch (error) {
      if (isHopeless(error) || signal.aborted || performance.now() + delayMs > giveUpAt) throw error;
    }
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
  }
}
