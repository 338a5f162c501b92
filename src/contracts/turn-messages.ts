import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Asker, CarriedTurns, TurnAnswer } from '../domain/turns';

/** Asker, and how many may work at a time (the pool's; the newest word counts). */
export interface TurnRequest extends Asker {
  readonly limit?: number;
}

export const askTurnUpdate = defineUpdate<TurnAnswer, [TurnRequest]>('askTurn');
/** It is your turn. */
export const turnSignal = defineSignal('turn');
/** This one needs its turn no longer. */
export const turnOverSignal = defineSignal<[Asker]>('turnOver');

// trainingPool -------------------------------------------------------------------------------------------------

export interface TrainingPoolInput {
  readonly limit: number;
  /** Carried over by continue-as-new; leave out. */
  readonly carried?: CarriedTurns;
}
