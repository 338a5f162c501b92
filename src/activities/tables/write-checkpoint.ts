import { mkdtemp, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CHECKPOINT_INTERVAL,
  isCheckpointDue,
  publishCheckpoint,
  stateActions,
} from '../../lake/delta/checkpoint';
import { encodeCommit } from '../../lake/delta/commit-file';
import type { Snapshot } from '../../lake/delta/snapshot';
import type { DeltaTable } from '../../lake/delta/table';
import { checkpointSql } from '../../sql/checkpoint';
import type { StageDependencies } from '../stage-dependencies';

/**
 * Writes a checkpoint of the table version when enough commits followed the last one. Whoever commits calls it; two
 * that do so at once publish one file.
 *
 * @param directory scratch of this attempt
 * @param interval in commits @default CHECKPOINT_INTERVAL
 */
export async function writeCheckpointIfDue(
  {
    store,
    engine,
    engineOptions,
    signal,
  }: Pick<StageDependencies, 'store' | 'engine' | 'engineOptions' | 'signal'>,
  table: DeltaTable,
  snapshot: Snapshot,
  directory: string,
  interval = CHECKPOINT_INTERVAL,
): Promise<void> {
  if (!isCheckpointDue(snapshot, interval)) return;
  const folder = await mkdtemp(join(directory, 'checkpoint-'));
  const [lines, path] = [join(folder, 'actions.json'), join(folder, 'checkpoint.parquet')];
  const actions = stateActions(snapshot);
  const text = encodeCommit(actions);
  await writeFile(lines, text);
  const session = await engine.open({ ...engineOptions, directory: folder });
  try {
    await session.execute(checkpointSql(lines, path, longestLine(text)), signal());
  } finally {
    await session.close();
  }
  const { size: bytes } = await stat(path);
  await publishCheckpoint(store, table, snapshot, { path, bytes, actions: actions.length });
}

const MIN_LINE_BYTES = 1024 * 1024;

function longestLine(text: Uint8Array): number {
  let [longest, start] = [MIN_LINE_BYTES, 0];
  for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, start)) {
    longest = Math.max(longest, end - start + 1);
    start = end + 1;
  }
  return longest;
}
