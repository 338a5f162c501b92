import { userInfo } from 'node:os';
import { workflowIds } from '../../contracts/workflow-names';
import { claimState, readOutcomes, readReplays, releaseReplay } from '../../lake/replays';
import { CommandError, type CommandResult } from '../command';
import { EXIT_CODES } from '../exit-codes';
import type { Output } from '../output';
import type { CliSession } from '../session';

interface ReleaseOptions {
  readonly run: string;
  readonly reason: string;
  readonly by?: string;
}

/** Only after the run has ended: one that works may publish at any moment. */
export async function releaseQuarantine(
  session: CliSession,
  _output: Output,
  pipeline: string,
  { run, reason, by = userInfo().username }: ReleaseOptions,
): Promise<CommandResult> {
  const planDigest = await session.plans.currentDigest(pipeline);
  const place = { store: session.store, lakeBucket: session.settings.lakeBucket, pipeline };
  const records = await readReplays(place);
  const record = records.find(({ batchDigest }) => workflowIds.run(pipeline, batchDigest) === run);
  if (!record) throw new CommandError(EXIT_CODES.notFound, `No replay has this run [run=${run}]`);
  const claim = claimState(record, await readOutcomes(place));
  if (claim !== 'replaying') throw finished(run, claim);
  const info = await (await session.runs()).find(run);
  if (info?.status === 'running') {
    const advice = `cancel it first: temporal workflow cancel --workflow-id ${run}`;
    throw new CommandError(EXIT_CODES.refused, `${run} is running: ${advice}`);
  }
  if (!(await releaseReplay(place, record, { run, planDigest, released: { by, reason } })))
    throw finished(run, 'finished');
  const document = { pipeline, run, batches: record.replay.of, by, reason };
  const next = `Next: ${session.hint(`quarantine replay ${pipeline}`)}`;
  return { document, text: `Released ${run}: what it had claimed is open again\n${next}` };
}

function finished(run: string, claim: string): CommandError {
  return new CommandError(EXIT_CODES.refused, `${run} has nothing to release: its replay is ${claim}`);
}
