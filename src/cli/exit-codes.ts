/** What `millrace` ends with; documented in the CLI reference and in `millrace help`. */
export const EXIT_CODES = {
  ok: 0,
  /** It was tried and did not work. */
  failed: 1,
  /** Wrong arguments, or a file that is not valid. */
  usage: 2,
  /** No such pipeline, run, version, snapshot. */
  notFound: 3,
  /** A gate or a guard said no; nothing was changed. */
  refused: 4,
  /** Temporal, the object store or the inference server does not answer, or its program is not installed. */
  unreachable: 5,
} as const;
export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** The same for `millrace --help`. */
export const EXIT_CODE_HELP = `
Exit codes:
  0  ok
  1  failed
  2  wrong arguments, or a file that is not valid
  3  not found
  4  refused by a gate or a guard
  5  a service is not reachable, or not installed`;
