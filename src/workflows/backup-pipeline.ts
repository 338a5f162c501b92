import { setCurrentDetails } from '@temporalio/workflow';
import type { BackupInput } from '../contracts/activities/stages';
import type { BackupResult } from '../domain/stage';
import { data } from './support/activities';

/** Copies everything the pipeline has published, reads it back, and writes the snapshot's manifest last. */
export async function backupPipeline(input: BackupInput): Promise<BackupResult> {
  const result = await data.backup.executeWithOptions({ summary: `Back up ${input.pipeline} and verify` }, [
    input,
  ]);
  setCurrentDetails(
    `Snapshot ${result.snapshot}: ${result.objects} objects, ${result.copiedObjects} copied, ${result.verifiedObjects} read back and verified`,
  );
  return result;
}
