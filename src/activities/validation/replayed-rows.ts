import { join } from 'node:path';
import type { BatchManifest } from '../../domain/artifact';
import { parseS3Uri } from '../../domain/s3-uri';
import { hashingDownload } from '../../lake/streams';
import type { QuerySession } from '../../ports/query-engine';
import {
  DROP_REPLAYED_SQL,
  KEEP_REPLAYED_SQL,
  keepObjectSql,
  REPLAYED_COUNTS_SQL,
  replayedRowsTableSql,
} from '../../sql/replayed-rows';
import type { StageDependencies } from '../stage-dependencies';
import type { BatchCounts } from './quality-report';

/**
 * Statements that tell the engine which rows a replay is about; none for an
 * ordinary batch and for the replay of a whole one.
 */
export async function prepareReplaySql(
  deps: StageDependencies,
  { replay }: BatchManifest,
  directory: string,
): Promise<readonly string[]> {
  if (!replay?.rows) return [];
  const path = join(directory, 'replayed.parquet');
  await hashingDownload(deps.store, parseS3Uri(replay.rows.uri), path, {
    signal: deps.signal(),
    expectedSha256: replay.rows.sha256,
  });
  return [replayedRowsTableSql(path)];
}

/** Takes the rows out that a corrected file replaces. */
export function dropReplayedSql({ replay }: BatchManifest): readonly string[] {
  return replay?.rows && replay.correction !== undefined ? DROP_REPLAYED_SQL : [];
}

/**
 * Takes the rows out that were only judged along with the replayed ones: a rule about the whole file (uniqueness, row
 * count) needs all of its rows, the table needs only those that come back.
 *
 * @returns the numbers that this changes; none for an ordinary batch and for the replay of a whole one
 */
export async function keepReplayedRows(
  deps: Pick<StageDependencies, 'signal'>,
  session: QuerySession,
  { replay }: BatchManifest,
): Promise<Partial<Pick<BatchCounts, 'rows' | 'rejectedRows'>>> {
  if (!replay?.rows) return {};
  const statements = replay.correction === undefined ? KEEP_REPLAYED_SQL : keepObjectSql(replay.correction);
  for (const statement of statements) await session.execute(statement, deps.signal());
  const [counts] = await session.rows(REPLAYED_COUNTS_SQL);
  return counts as unknown as Pick<BatchCounts, 'rows' | 'rejectedRows'>;
}
