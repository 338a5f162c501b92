export const RESTART_BACKOFF = {
  firstDelayMs: 200,
  longestDelayMs: 5_000,
  /** A process that ran this long was healthy: its next end counts as the first again. */
  stableMs: 30_000,
} as const;

/** How many times in a row a process has now ended, given how long it ran this time. */
export function countFailures(before: number, uptimeMs: number): number {
  return uptimeMs >= RESTART_BACKOFF.stableMs ? 1 : before + 1;
}

/** How long to wait before the next start after this many failures in a row (at least 1). */
export function restartDelayMs(failures: number): number {
  const { firstDelayMs, longestDelayMs } = RESTART_BACKOFF;
  return Math.min(firstDelayMs * 2 ** (failures - 1), longestDelayMs);
}
