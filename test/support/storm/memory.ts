import { readFileSync } from 'node:fs';
import { readStackStatus } from '../../../src/dev/stack-status';

const LOOK_EVERY_MS = 500;

export interface MemoryWatch {
  /** The largest resident set of each process of the stack, over all its restarts, in MB. */
  readonly stop: () => ReadonlyMap<string, number>;
}

/** The kernel keeps the peak of each process (VmHWM); a process that is killed is seen as of the last look. */
export function watchMemory(state: string): MemoryWatch {
  const peaks = new Map<string, number>();
  const look = (): void => {
    for (const { name, identity } of readStackStatus(state).processes) {
      if (identity) peaks.set(name, Math.max(peaks.get(name) ?? 0, peakMegabytes(identity.pid)));
    }
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return peaks;
    },
  };
}

function peakMegabytes(pid: number): number {
  try {
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Math.round(Number(line?.[1] ?? 0) / 1024);
  } catch {
    // It has just ended.
    return 0;
  }
}
