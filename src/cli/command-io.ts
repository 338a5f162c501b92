import type { OutputStream } from './output';

/** What a command gets from its surroundings; tests pass their own. */
export interface CommandIo {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal?: AbortSignal;
}
