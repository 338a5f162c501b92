import type { ArtifactRef } from './artifact';

/** One run in the history of a pipeline. */
export interface HistoryEntry {
  readonly workflowId: string;
  readonly runId: string;
  readonly batchDigest: string;
  /** ISO 8601 (UTC) */
  readonly endedAt: string;
  readonly verdict: string;
  readonly rows: number;
  readonly acceptedRows: number;
  readonly quarantinedRows: number;
  /** Of an accepted batch: what later ones are compared with. */
  readonly profile?: ArtifactRef;
}

/** `runs/<pipeline>/reports/history.json`: the newest runs, oldest first. */
export interface RunHistory {
  readonly formatVersion: 1;
  readonly runs: readonly HistoryEntry[];
}

/** Two years of weekly or four months of daily batches. */
const KEPT_RUNS = 120;

/** Adds a run, or puts it in place of its own earlier entry. */
export function withRun(history: RunHistory | undefined, entry: HistoryEntry): RunHistory {
  const others = (history?.runs ?? []).filter(({ runId }) => runId !== entry.runId);
  const runs = [...others, entry].sort((left, right) => (left.endedAt < right.endedAt ? -1 : 1));
  return { formatVersion: 1, runs: runs.slice(-KEPT_RUNS) };
}

/** The newest accepted batch before this run; a batch is not compared with itself. */
export function lastAccepted(
  history: RunHistory | undefined,
  run: Pick<HistoryEntry, 'runId' | 'batchDigest' | 'endedAt'>,
): HistoryEntry | undefined {
  return history?.runs.findLast(
    ({ profile, runId, batchDigest, endedAt }) =>
      profile !== undefined &&
      runId !== run.runId &&
      batchDigest !== run.batchDigest &&
      endedAt <= run.endedAt,
  );
}
