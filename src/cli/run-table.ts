import type { RunInfo } from '../client/run-client';
import { textTable } from './text-table';

/** Runs as people read them, newest first. */
export function runTable(runs: readonly RunInfo[]): string {
  if (runs.length === 0) return 'No runs yet';
  const rows = runs.map(({ workflowId, status, startedAt, seconds, summary }) => [
    workflowId,
    summary?.verdict ?? status,
    summary?.rows,
    summary?.quarantinedRows,
    summary?.cleanVersion === undefined ? undefined : `v${summary.cleanVersion}`,
    summary?.challenger,
    summary?.champion,
    summary?.liveVersion === undefined ? undefined : `v${summary.liveVersion}`,
    seconds.toFixed(1),
    startedAt.slice(0, 19).replace('T', ' '),
  ]);
  const headings = [
    'run',
    'verdict',
    'rows',
    'quarantined',
    'table',
    'challenger',
    'champion',
    'live',
    's',
    'started (UTC)',
  ];
  return textTable(headings, rows);
}
