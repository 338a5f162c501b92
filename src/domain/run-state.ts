/** How a run stands, seen from outside. */
export type RunState =
  | { readonly status: 'running' }
  | { readonly status: 'completed' }
  /** @param final running it again by itself cannot help: bad input, or somebody wanted the end. */
  | { readonly status: 'failed'; readonly final: boolean; readonly reason: string }
  /** The server does not know it (any more). */
  | { readonly status: 'unknown' };
