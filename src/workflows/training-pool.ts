import { condition, continueAsNew, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import { askTurnUpdate, turnOverSignal, type TrainingPoolInput } from '../contracts/turn-messages';
import { Turns } from '../domain/turns';
import { runStatus } from './support/child-run';
import { giveTurn } from './support/give-turns';

/** With 32 turns at most: well under 8 KB for continue-as-new. */
const MAX_WAITING = 30;
/** While somebody waits, those who train are looked at: one that was killed cannot give its turn back. */
const LOOK_EVERY_MS = 10_000;

/** Lets so many trainings work at a time, on whatever workers; ends when nobody trains any more. */
export async function trainingPool({ limit, carried }: TrainingPoolInput): Promise<void> {
  const turns = new Turns({ limit, maxWaiting: MAX_WAITING }, carried);
  setHandler(askTurnUpdate, ({ workflowId, runId, limit: newest }) => {
    turns.limit = newest ?? turns.limit;
    return turns.ask({ workflowId, runId });
  });
  setHandler(turnOverSignal, (holder) => {
    turns.over(holder);
  });
  const isLong = (): boolean => workflowInfo().continueAsNewSuggested;
  // Whoever started it asks with the same request.
  await condition(() => turns.holders.length > 0);
  while (turns.holders.length + turns.queued > 0) {
    if (isLong()) await continueAsNew<typeof trainingPool>({ limit: turns.limit, carried: turns.carry() });
    setCurrentDetails(describe(turns));
    if (turns.queued > 0 && turns.isFree) {
      await giveTurn(turns);
      continue;
    }
    const { queued } = turns;
    const changed = (): boolean => turns.queued !== queued || turns.isFree || isLong();
    if (queued === 0) await condition(() => turns.queued > 0 || turns.holders.length === 0 || isLong());
    else if (!(await condition(changed, LOOK_EVERY_MS))) await dropEnded(turns);
  }
}

async function dropEnded(turns: Turns): Promise<void> {
  for (const holder of turns.holders) {
    if ((await runStatus(holder.workflowId)) !== 'running') turns.over(holder);
  }
}

function describe(turns: Turns): string {
  const at = turns.holders.map(({ workflowId }) => `\`${workflowId}\``).join(' ');
  return `${turns.holders.length} of ${turns.limit} turns taken, ${turns.queued} wait\n\n${at}`;
}
