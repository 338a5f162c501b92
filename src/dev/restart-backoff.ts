const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 5_000;
/** A process that ran this long was healthy: its next end counts as the first again. */
const STABLE_MS = 30_000;

/** How many times in a row a process has now ended, given how long it ran this time. */
export function countFailures(before: number, uptimeMs: number): number {
  return uptimeMs >= STABLE_MS ? 1 : before + 1;
}

/** How long to wait before the next start after this many failures in a row (at least 1). */
export function restartDelayMs(failures: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS);
}
