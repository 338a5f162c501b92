import { listQuarantine, type QuarantinedBatch } from '../../workers/quarantine/list-quarantine';
import type { CommandResult } from '../command';
import type { Output } from '../output';
import type { CliSession } from '../session';
import { textTable } from '../text-table';

export async function listBatches(
  { store, settings, plans, hint }: CliSession,
  output: Output,
  pipeline: string,
): Promise<CommandResult> {
  await plans.currentDigest(pipeline);
  let bar: ReturnType<Output['progress']> | undefined;
  const batches = await listQuarantine({ settings, store, pipeline }, (done, of) => {
    (bar ??= output.progress('batches', of)).update(done);
  });
  bar?.stop();
  const open = batches.some(({ standing, standings }) => standing === 'open' || (standings.open ?? 0) > 0);
  const advice = open ? `\n\nAfter a fix: ${hint(`quarantine replay ${pipeline}`)}` : '';
  return {
    document: { pipeline, rows: batches.reduce((sum, entry) => sum + entry.rows, 0), batches },
    text: batches.length === 0 ? noRows(pipeline) : `${tableOf(batches)}${advice}`,
  };
}

export function noRows(pipeline: string): string {
  return `${pipeline} has no quarantined rows`;
}

function tableOf(batches: readonly QuarantinedBatch[]): string {
  const rows = batches.flatMap((entry) => {
    const { batch, verdict, reasons } = entry;
    const shown = reasons.length === 0 ? [{ rule: '-', column: '-', rows: 0 }] : reasons;
    return shown.map(({ rule, column, rows: count }, index) => [
      batch.slice(0, 16),
      index === 0 ? (verdict ?? 'pending') : '',
      index === 0 ? standingText(entry) : '',
      rule,
      column,
      count,
    ]);
  });
  return textTable(['batch', 'verdict', 'rows', 'rule', 'column', 'broken by'], rows);
}

/** `3 open, 1 accepted`; for a batch that was rejected whole `whole batch open`. */
function standingText({ standing, standings }: QuarantinedBatch): string {
  if (standing !== undefined) return `whole batch ${standing}`;
  return Object.entries(standings)
    .map(([name, rows]) => `${rows} ${name}`)
    .join(', ');
}
