import type { BacklogRef } from '../domain/intake';
import type { RunState } from '../domain/run-state';

/** What activities ask of the workflow service that runs them. Failures are technical and worth a retry. */
export interface Orchestrator {
  /** Tells a pipeline's intake, started if need be, what landed without an event; safe to repeat. */
  readonly offerBacklog: (pipeline: string, backlog: BacklogRef) => Promise<void>;
  readonly runState: (workflowId: string) => Promise<RunState>;
}
