import { readdirSync, readFileSync } from 'node:fs';

/** What a process and all its descendants used until the last look. */
export interface Usage {
  /** User and system time. */
  readonly cpuSeconds: number;
  /** The largest resident set of each process, added up: what it takes at most to run them. */
  readonly peakMegabytes: number;
}

export interface UsageMeter {
  readonly now: () => Usage;
  readonly stop: () => Usage;
}

const SAMPLE_EVERY_MS = 200;
/** USER_HZ of Linux on every platform that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Looks at a process tree through /proc; `now` may be asked before `stop`. CPU time before the start does not count. */
export function meterUsage(rootPid: number): UsageMeter {
  const seen = new Map<number, { cpuSeconds: number; peakMegabytes: number }>();
  const look = (): Usage => {
    for (const pid of processTree(rootPid)) {
      const usage = usageOf(pid);
      if (usage) seen.set(pid, usage);
    }
    const all = [...seen.values()];
    return {
      cpuSeconds: all.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
      peakMegabytes: all.reduce((sum, { peakMegabytes }) => sum + peakMegabytes, 0),
    };
  };
  const before = look().cpuSeconds;
  const now = (): Usage => {
    const usage = look();
    return { ...usage, cpuSeconds: usage.cpuSeconds - before };
  };
  const timer = setInterval(look, SAMPLE_EVERY_MS);
  return {
    now,
    stop: () => {
      clearInterval(timer);
      return now();
    },
  };
}

function processTree(rootPid: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? statOf(Number(name))?.[1] : undefined;
    if (parent !== undefined)
      children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(name)]);
  }
  const tree = [rootPid];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

function usageOf(pid: number): Usage | undefined {
  const stat = statOf(pid);
  const peak = /VmHWM:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1];
  if (!stat || peak === undefined) return undefined;
  const ticks = Number(stat[11]) + Number(stat[12]);
  return { cpuSeconds: ticks / TICKS_PER_SECOND, peakMegabytes: Number(peak) / 1024 };
}

/** Fields from the third (state) on; the second may hold blanks. */
function statOf(pid: number): readonly string[] | undefined {
  const text = read(`/proc/${pid}/stat`);
  return text === '' ? undefined : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Empty when the process has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
