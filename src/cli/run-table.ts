import type { RunInfo } from '../client/run-client';
import { runReason } from './run-reason';
import { textTable } from './text-table';

const HEADINGS = [
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
] as const;
const REASON_CHARACTERS = 60;
/** Less than this says nothing. */
const SHORTEST_REASON_CHARACTERS = 20;

/**
 * Runs as people read them, newest first.
 *
 * @param terminal its width in characters; none when the output is not a terminal
 */
export function runTable(
  runs: readonly RunInfo[],
  terminal: { readonly columns?: number | undefined } = process.stdout,
): string {
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
  if (runs.every((run) => runReason(run) === '')) return textTable(HEADINGS, rows);
  const table = textTable(HEADINGS, rows);
  const width = Math.max(...table.split('\n').map((line) => line.length));
  const { columns } = terminal;
  const room = columns === undefined ? REASON_CHARACTERS : columns - width - 2;
  const reasonCharacters = Math.max(room, SHORTEST_REASON_CHARACTERS);
  return textTable(
    [...HEADINGS, 'reason'],
    rows.map((row, index) => [...row, cut(runs[index], reasonCharacters)]),
  );
}

function cut(run: RunInfo | undefined, characters: number): string {
  const reason = run ? runReason(run) : '';
  return reason.length <= characters ? reason : `${reason.slice(0, characters - 1)}…`;
}
