import { setTimeout as sleep } from 'node:timers/promises';
import type { PlaySchedule, Strike } from './kill-schedule';
import { findVictim } from './victims';

/** A strike that found its victim. */
export interface Hit {
  readonly strike: Strike;
  readonly pid: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/**
 * Strikes at the scheduled moments after now, until `over` is aborted. A victim that does not run at its moment is
 * waited for. A paused one goes on in any case.
 */
export async function strikeAll(
  state: string,
  schedule: PlaySchedule,
  undisturbedMs: number,
  over: AbortSignal,
): Promise<readonly Hit[]> {
  const hits = await Promise.all(
    schedule.map(async (strike): Promise<Hit | undefined> => {
      await sleep(strike.moment * undisturbedMs);
      const pid = await findVictim(state, strike.victim, over);
      if (pid === undefined || !send(pid, strike.pauseMs === undefined ? 'SIGKILL' : 'SIGSTOP'))
        return undefined;
      const atMs = Date.now();
      if (strike.pauseMs !== undefined) {
        await sleep(strike.pauseMs);
        send(pid, 'SIGCONT');
      }
      return { strike, pid, atMs };
    }),
  );
  return hits.filter((hit) => hit !== undefined);
}

/** False when the process ended by itself meanwhile. */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
