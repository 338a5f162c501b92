import { readdirSync, readFileSync } from 'node:fs';

/** What a process and all its descendants used until the last look. */
export interface Usage {
  /** User and system time. */
  readonly cpuSeconds: number;
  /**
   * The largest resident set of the first process, which the kernel keeps exactly, or the largest sum over all processes
   * that was seen, with shared pages counted once: a JVM that forks does not weigh double.
   */
  readonly peakMegabytes: number;
}

export interface UsageMeter {
  readonly now: () => Usage;
  readonly stop: () => Usage;
}

const SAMPLE_EVERY_MS = 200;
/** The kernel walks through all pages of a process, which gets no new ones meanwhile: a sum is dear to those who are measured. */
const LOOKS_PER_SUM = 5;
/** USER_HZ of Linux on every platform that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Looks at a process tree through /proc; `now` may be asked before `stop`. CPU time before the start does not count. */
export function meterUsage(rootPid: number): UsageMeter {
  const cpuSeconds = new Map<number, number>();
  let peakMegabytes = 0;
  let looks = 0;
  const look = (): Usage => {
    const tree = processTree(rootPid);
    for (const pid of tree) cpuSeconds.set(pid, cpuSecondsOf(pid) ?? cpuSeconds.get(pid) ?? 0);
    looks += 1;
    const proportional =
      tree.length > 1 && looks % LOOKS_PER_SUM === 0
        ? tree.reduce((sum, pid) => sum + megabytes(`/proc/${pid}/smaps_rollup`, 'Pss'), 0)
        : 0;
    peakMegabytes = Math.max(peakMegabytes, proportional, megabytes(`/proc/${rootPid}/status`, 'VmHWM'));
    return { cpuSeconds: [...cpuSeconds.values()].reduce((sum, seconds) => sum + seconds, 0), peakMegabytes };
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

function cpuSecondsOf(pid: number): number | undefined {
  const stat = statOf(pid);
  return stat && (Number(stat[11]) + Number(stat[12])) / TICKS_PER_SECOND;
}

function megabytes(file: string, field: 'Pss' | 'VmHWM'): number {
  const line = read(file)
    .split('\n')
    .find((text) => text.startsWith(`${field}:`));
  return Number(line?.replace(/\D/g, '') ?? 0) / 1024;
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
