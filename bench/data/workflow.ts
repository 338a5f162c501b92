// The data stages alone, over the real activities: what a run does between its landing and its training.
import type { RunRef, TransformResult, ValidateResult } from '../../src/domain/stage';
import { data } from '../../src/workflows/support/activities';
import { publishTables } from '../../src/workflows/support/publish-tables';

const UNTOLD = { note: (): void => undefined };

export interface DataStagesInput {
  readonly run: RunRef;
  readonly batchUri: string;
}

export interface DataStagesResult {
  readonly validated: ValidateResult;
  readonly transformed: TransformResult;
}

export async function dataStages({ run, batchUri }: DataStagesInput): Promise<DataStagesResult> {
  const { manifest } = await data.ingest({ run, batchUri });
  const validated = await data.validate({ run, manifest });
  const { accepted } = validated;
  if (!accepted) throw new Error(`Batch rejected: ${validated.reasons.join('; ')}`);
  return { validated, transformed: await publishTables({ run, accepted }, UNTOLD) };
}
