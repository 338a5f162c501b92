import { readCheckedPipelineFile } from '../../../src/cli/pipeline-file';
import type { BatchPlan, PipelinePlan } from '../../../src/domain/plan';
import { lakeLayout } from '../../../src/domain/lake-layout';
import path from 'node:path';
import { REPOSITORY, type TestStack } from '../millrace';

const TEMPLATE = path.join(REPOSITORY, 'test/support/fixtures/trips/pipeline.yaml');
const FIRST_DAY_MS = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;
const DAYS = 30;
/** Of one file; ids of files do not meet. */
const MAX_ROWS = 1_000;

/** Trips of one file, all of one day: however many files there are, the tables have only so many partitions. */
export function stormCsv(index: number, rows: number): string {
  const day = FIRST_DAY_MS + (index % DAYS) * DAY_MS;
  const lines = Array.from({ length: rows }, (_, row) => {
    const at = new Date(day + ((index * 7_919 + row * 60_000) % DAY_MS)).toISOString().slice(0, 19);
    return `${index * MAX_ROWS + row},${at}Z,${row % 2 === 0 ? 'north' : 'south'},${1 + (row % 20)},${5 + (row % 37)}`;
  });
  return `id,started,zone,km,minutes\n${lines.join('\n')}\n`;
}

/** The `trips` pipeline under other names, applied without a process for each; no schedule, no deployment, no backup. */
export async function createStormPipelines(
  stack: TestStack,
  names: readonly string[],
  batch: BatchPlan,
): Promise<void> {
  const { plan } = await readCheckedPipelineFile(TEMPLATE, stack.session);
  for (const pipeline of names) {
    const named: PipelinePlan = {
      ...plan,
      pipeline,
      source: { ...plan.source, prefix: lakeLayout.landingPrefix(pipeline), batch },
      deploy: { ...plan.deploy, enabled: false },
      backup: { ...plan.backup, enabled: false },
    };
    await stack.session.plans.apply(named);
  }
}
