import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectLocation } from '../domain/s3-uri';
import type { ObjectStore } from '../ports/object-store';
import { findDocument, swapDocument } from './documents';

export interface ClaimTiming {
  /** How often a worker says that it is still at it. */
  readonly beatMs: number;
  /** A claim that was not renewed for so long is nobody's: its worker is dead or paused. */
  readonly staleMs: number;
  readonly lookAgainMs: number;
}

const TIMING: ClaimTiming = { beatMs: 5_000, staleMs: 20_000, lookAgainMs: 500 };

export interface ClaimAddress {
  readonly store: ObjectStore;
  readonly location: ObjectLocation;
  /** Attempts with one name never wait for each other: an earlier one is dead, or about to find its work done. */
  readonly holder: string;
  readonly signal: () => AbortSignal;
  readonly timing?: ClaimTiming;
}

interface Claim {
  readonly holder: string;
  readonly beat: number;
}

/**
 * Spares doing the same work twice at the same time. It is no lock: publication is safe without it, and a worker that
 * comes back from a pause after its claim was taken over finds the result published.
 *
 * @param reuse what somebody else has published meanwhile
 */
export async function claimed<T>(
  address: ClaimAddress,
  reuse: () => Promise<T | undefined>,
  make: () => Promise<T>,
): Promise<T> {
  const standing = await reuse();
  if (standing !== undefined) return standing;
  const { lookAgainMs } = address.timing ?? TIMING;
  const claim = openClaim(address);
  for (let held = await claim.tryTake(); !held; held = await claim.tryTake()) {
    await sleep(lookAgainMs, undefined, { signal: address.signal() });
    const made = await reuse();
    if (made !== undefined) return made;
  }
  return claim.whileHeld(make);
}

interface OpenClaim {
  readonly tryTake: () => Promise<boolean>;
  readonly whileHeld: <T>(work: () => Promise<T>) => Promise<T>;
}

function openClaim({ store, location, holder, timing = TIMING }: ClaimAddress): OpenClaim {
  let etag: string | undefined;
  let seen = { etag: '', atMs: performance.now() };
  const write = async (beat: number, expected: string | undefined): Promise<boolean> => {
    const head = await swapDocument(store, location, { holder, beat } satisfies Claim, expected);
    etag = head?.etag;
    return head !== undefined;
  };
  return {
    tryTake: async () => {
      const standing = await findDocument<Claim>(store, location);
      if (!standing) return write(0, undefined);
      if (seen.etag !== standing.etag) seen = { etag: standing.etag, atMs: performance.now() };
      const isFree = standing.value.holder === holder || performance.now() - seen.atMs > timing.staleMs;
      return isFree && write(standing.value.beat + 1, standing.etag);
    },
    whileHeld: async (work) => {
      let beat = 0;
      const pulse = setInterval(() => {
        // Lost to another, or the store is down: the work goes on, and whoever publishes first has published.
        void write((beat += 1), etag).catch(() => undefined);
      }, timing.beatMs);
      try {
        return await work();
      } finally {
        clearInterval(pulse);
        await release(store, location, holder);
      }
    },
  };
}

/** A claim that is left behind only makes the next one with this key wait until it is stale. */
async function release(store: ObjectStore, location: ObjectLocation, holder: string): Promise<void> {
  try {
    const standing = await findDocument<Claim>(store, location);
    if (standing?.value.holder === holder) await store.remove(location);
  } catch {
    // The stage's own outcome is what counts.
  }
}
