import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { ReconcileOutput } from '../contracts/activities/intake';
import type { ReconcileIntakeInput } from '../contracts/messages';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes';
import { landing } from './support/activities';

/** Finds landed objects whose event was lost, and tells the intakes of them. On a schedule, and when a process starts. */
export async function reconcileIntake({ pipeline }: ReconcileIntakeInput): Promise<ReconcileOutput> {
  if (pipeline !== undefined) upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.pipeline, value: pipeline }]);
  const summary = `Compare what landed with the ledger: ${pipeline ?? 'all pipelines'}`;
  const found = await landing.reconcile.executeWithOptions({ summary }, [
    pipeline === undefined ? {} : { pipeline },
  ]);
  setCurrentDetails(
    `${found.landed} object versions of ${found.pipelines} pipelines, **${found.unsettled} not settled**, ${found.failed} pipelines could not be looked at ${found.problem ?? ''}`,
  );
  return found;
}
