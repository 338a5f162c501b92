import type { RunInfo } from '../client/run-client';

/** Ended without a result: failed, cancelled, terminated, timed out. A rejected batch is a result. */
export function endedWithoutResult({ status }: RunInfo): boolean {
  return status !== 'running' && status !== 'completed';
}

/** Why a run ended as it did, in one line; empty for a run that went all the way or is under way. */
export function runReason({ status, summary }: RunInfo): string {
  if (summary?.verdict === 'promoted') return '';
  const told = (summary?.reasons ?? []).join('; ').replace(/\s+/g, ' ').trim();
  // A cancellation has no words of its own.
  return told === '' && status === 'cancelled' ? 'stopped on request' : told;
}
