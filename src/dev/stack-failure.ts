/** Why the local stack could not do what was asked; the CLI turns it into an exit code. */
export type StackFailureReason =
  /** Something that has to be installed is not there. */
  | 'missing-tool'
  /** A guard said no: already running, port taken, bad permissions. */
  | 'refused'
  /** A process did not start or did not answer. */
  | 'unreachable';

/** A failure of the local stack that is meant for the person in front of it: shown without a stack trace. */
export class StackFailure extends Error {
  constructor(
    readonly reason: StackFailureReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'StackFailure';
  }
}
