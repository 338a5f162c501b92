import { readFileSync } from 'node:fs';

/** Nothing may keep the event loop longer: heartbeats, cancellations and answers wait behind it. */
export const EVENT_LOOP_LIMIT_MS = 200;
const SAMPLE_MS = 20;

interface EventLoopWatch {
  /** The longest standstill so far, in milliseconds. */
  readonly longestMs: () => number;
  readonly stop: () => void;
}

/**
 * Watches the event loop of the calling thread, at a cost of 50 small file reads a second. A standstill is the time by
 * which a timer came late, without the time that the thread was ready to run while others had the processor: that one
 * is the machine's load, not ours. Where the kernel does not tell it apart, it is counted.
 *
 * @param report told of every standstill of more than {@link EVENT_LOOP_LIMIT_MS}
 */
export function watchEventLoop(report: (standstillMs: number) => void): EventLoopWatch {
  let longestMs = 0;
  let beforeMs = performance.now();
  let waitedBeforeMs = queueWaitMs();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const waitedMs = queueWaitMs();
    const standstillMs = nowMs - beforeMs - SAMPLE_MS - (waitedMs - waitedBeforeMs);
    beforeMs = nowMs;
    waitedBeforeMs = waitedMs;
    longestMs = Math.max(longestMs, standstillMs);
    if (standstillMs > EVENT_LOOP_LIMIT_MS) report(standstillMs);
  }, SAMPLE_MS);
  timer.unref();
  return {
    longestMs: () => longestMs,
    stop: () => {
      clearInterval(timer);
    },
  };
}

/** How long the main thread was ready to run and had no processor, since its start; 0 where Linux does not say. */
function queueWaitMs(): number {
  try {
    // https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat: nanoseconds run, nanoseconds waited, turns
    const [, waited] = readFileSync('/proc/self/schedstat', 'utf8').split(' ');
    return Number(waited) / 1e6;
  } catch {
    return 0;
  }
}

/**
 * Writes every standstill beyond the limit to stderr, and the longest one of all when the function that it returns is
 * called at the end of the process.
 */
export function reportEventLoop(processName: string): () => void {
  const watch = watchEventLoop((standstillMs) => {
    say(
      processName,
      `the event loop stood still for ${Math.round(standstillMs)} ms [limit=${EVENT_LOOP_LIMIT_MS}]`,
    );
  });
  return () => {
    watch.stop();
    say(processName, `longest standstill of the event loop: ${Math.round(watch.longestMs())} ms`);
  };
}

function say(processName: string, text: string): void {
  process.stderr.write(`${processName}: ${text}\n`);
}
