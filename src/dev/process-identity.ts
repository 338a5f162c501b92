import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in a form that only this machine's boot understands. */
  readonly birth: string;
}

const STAT_STATE = 0; // fields of /proc/<pid>/stat after the command name: state, …
const STAT_START_TIME = 19; // … and start time in ticks since boot

function linuxBirth(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command name is in parentheses and may itself contain blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie holds its number but runs nothing; without an init process to collect it, it stays for ever.
  if (fields[STAT_STATE] === 'Z' || fields[STAT_STATE] === 'X') return undefined;
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${boot}:${fields[STAT_START_TIME] ?? ''}`;
}

function otherBirth(pid: number): string | undefined {
  const shown = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  return shown === '' || shown.startsWith('Z') ? undefined : shown.replace(/^\S+\s+/, '');
}

/** When a process started, or undefined when no such process runs. */
export function birthOf(pid: number): string | undefined {
  try {
    return process.platform === 'linux' ? linuxBirth(pid) : otherBirth(pid);
  } catch {
    return undefined;
  }
}

/** Names a running process. @throws Error when it does not run. */
export function identify(pid: number): ProcessIdentity {
  const birth = birthOf(pid);
  if (birth === undefined) throw new Error(`No such process [pid=${pid}]`);
  return { pid, birth };
}

/** Whether this very process still runs, rather than another one under the same number. */
export function isAlive(identity: ProcessIdentity): boolean {
  return birthOf(identity.pid) === identity.birth;
}
