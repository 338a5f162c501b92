import type { Logger } from './logger';
import type { ParsedEvents } from './object-event';

type Counts = Readonly<Record<string, number>>;

/**
 * One line for each invocation that was about landed files, or one for all that came in `everyMs`; what is no business
 * of ours is counted and told with the next such line.
 */
export function createSummary(
  logger: Logger,
  everyMs = 0,
): (parsed: ParsedEvents, failed: number, requestId?: string) => void {
  let counts: Counts = {};
  let quietUntilMs = 0;
  let waiting = false;
  const tell = (requestId?: string): void => {
    logger.info('Object events handled', { ...counts, requestId });
    counts = {};
    quietUntilMs = performance.now() + everyMs;
  };
  const tellLater = (): void => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      tell();
    }, quietUntilMs - performance.now()).unref();
  };
  return (parsed, failed, requestId) => {
    counts = added(counts, { ...countsOf(parsed), failed, ...parsed.ignored });
    if (parsed.events.length === 0 && parsed.problems.length === 0) return;
    if (performance.now() < quietUntilMs) tellLater();
    else tell(requestId);
  };
}

function countsOf({ events }: ParsedEvents): Counts {
  const created = events.filter(({ kind }) => kind === 'created').length;
  return { created, removed: events.length - created };
}

function added(before: Counts, more: Counts): Counts {
  return Object.fromEntries(Object.entries(more).map(([name, count]) => [name, (before[name] ?? 0) + count]));
}
