import type { BacklogRef } from '../domain/intake';
import type { RunState } from '../domain/run-state';
import type { Asker, TurnAnswer, TurnOf } from '../domain/turns';

/** What activities ask of the workflow service that runs them. Failures are technical and worth a retry. */
export interface Orchestrator {
  /** Tells a pipeline's intake, started if need be, what landed without an event; safe to repeat. */
  readonly offerBacklog: (pipeline: string, backlog: BacklogRef) => Promise<void>;
  /** Asks whoever decides on turns, started if need be; safe to repeat. */
  readonly askTurn: (of: TurnOf, asker: Asker) => Promise<TurnAnswer>;
  /** Of any workflow. */
  readonly runState: (workflowId: string) => Promise<RunState>;
}
