import type { Asker, TurnAnswer, TurnOf } from '../../domain/turns';

export interface AskTurnInput {
  readonly of: TurnOf;
  readonly asker: Asker;
}

/** Task queue `millrace`. */
export interface TurnActivities {
  /** Asks whoever decides, started if need be; safe to repeat. */
  readonly askTurn: (input: AskTurnInput) => Promise<TurnAnswer>;
}
