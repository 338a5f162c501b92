import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { turnOverSignal, turnSignal } from '../../contracts/turn-messages';
import { workflowIds } from '../../contracts/workflow-names';
import type { Asker, TurnOf } from '../../domain/turns';
import { turns } from './activities';

/** Asked again after this time: whoever decides may have been terminated, and have forgotten us. */
const ASK_AGAIN = '5 minutes';
const ASK_AGAIN_WHEN_FULL = '30 seconds';

/** This workflow's turn. */
export interface OwnTurn {
  /** Waits until it has come. */
  readonly begin: () => Promise<void>;
  /** To be called whether it has come or not. */
  readonly end: () => Promise<void>;
}

/** @param of absent = nobody has to be asked, and nothing is done */
export function ownTurn(of: TurnOf | undefined): OwnTurn {
  if (!of) return { begin: () => Promise.resolve(), end: () => Promise.resolve() };
  const { workflowId, runId } = workflowInfo();
  const asker = { workflowId, runId };
  const state = { mine: false, asked: false };
  setHandler(turnSignal, () => void (state.mine = true));
  return {
    begin: async () => {
      state.asked = true;
      while (!state.mine) {
        const answer = await turns.askTurn.executeWithOptions({ summary: 'Ask for a turn' }, [{ of, asker }]);
        if (answer === 'now') return;
        setCurrentDetails('**waiting for its turn**: others are at work');
        await condition(() => state.mine, answer === 'full' ? ASK_AGAIN_WHEN_FULL : ASK_AGAIN);
      }
    },
    end: () =>
      CancellationScope.nonCancellable(() => (state.asked ? giveBack(of, asker) : Promise.resolve())),
  };
}

async function giveBack(of: TurnOf, asker: Asker): Promise<void> {
  const decider = 'pipeline' in of ? workflowIds.intake(of.pipeline) : workflowIds.trainingPool;
  try {
    await getExternalWorkflowHandle(decider).signal(turnOverSignal, asker);
  } catch (error) {
    // Whoever has ended loses its turn in any case.
    log.warn('The turn could not be given back', { error });
  }
}
