import type { EventProblem } from './object-event';

const SHOWN = 3;

/** The payload holds something that is no object event: sending it again cannot help. */
export class UnreadableEvent extends Error {
  constructor(readonly problems: readonly EventProblem[]) {
    const shown = problems.slice(0, SHOWN).map(({ path, message }) => `${path || 'payload'}: ${message}`);
    const more = problems.length > SHOWN ? ` (and ${problems.length - SHOWN} more)` : '';
    super(`Object event is not readable: ${shown.join('; ')}${more}`);
    this.name = 'UnreadableEvent';
  }
}

/** Temporal did not take a signal: sending the event again helps, and does no harm. */
export class SignalNotAccepted extends Error {
  constructor(pipelines: readonly string[], cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`Intake was not signalled [pipelines=${pipelines.join(' ')}]: ${reason}`, { cause });
    this.name = 'SignalNotAccepted';
  }
}
