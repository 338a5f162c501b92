import type { PipelinePlan } from '../../domain/plan';
import type { QuerySession } from '../../ports/query-engine';
import { loadSteps } from '../../sql/load-source';
import type { UnreadableFile } from '../../sql/unreadable-files';
import type { StageDependencies } from '../stage-dependencies';
import { readingFile, unreadable } from './reading-file';
import type { StagedBatch } from './stage-objects';

/** Reads the staged files of a batch into the engine: `raw` and `structural`. Returns the files that it cannot read. */
export async function loadRows(
  deps: Pick<StageDependencies, 'progress' | 'signal'>,
  session: Pick<QuerySession, 'execute'>,
  plan: PipelinePlan,
  batch: StagedBatch,
): Promise<readonly UnreadableFile[]> {
  if (batch.unreadable.length > 0) return [];
  const refused: UnreadableFile[] = [];
  const steps = loadSteps(plan, batch.staged, batch.faultsPath);
  for (const [index, { sql, object }] of steps.entries()) {
    deps.progress({ stage: 'validate', load: index + 1, of: steps.length });
    const load = (): Promise<void> => session.execute(sql, deps.signal());
    // Of the other formats the engine gets files that Millrace itself wrote: their faults are ours.
    if (plan.source.format !== 'parquet' || object === undefined) await load();
    else {
      const reason = await unreadable(() => readingFile('Parquet', load));
      if (reason !== undefined) refused.push({ object, reason });
    }
  }
  return refused;
}
