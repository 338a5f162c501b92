/** How to tell that a process is ready for work. */
export type Readiness =
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'tcp'; readonly port: number }
  /** A line of its output that contains this text, written since its last start. */
  | { readonly kind: 'log-line'; readonly text: string };

/** One process of a stack, as plain data: what to run and when it counts as ready. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the process; nothing is inherited. */
  readonly variables: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  readonly readiness: Readiness;
  /** Names of the processes that have to be ready before this one starts; they are stopped after it. */
  readonly needs: readonly string[];
  /** Files and folders it expects; runs before its first start. */
  readonly prepare?: () => Promise<void>;
  /** Work that needs it running and that others wait for; runs once, after its first start. */
  readonly afterReady?: (signal: AbortSignal) => Promise<void>;
}
