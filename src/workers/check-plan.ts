import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPlanExpressions } from '../activities/check-plan-expressions';
import { createDuckDbEngine } from '../adapters/query-engine/duckdb';
import type { Settings } from '../config/settings';
import type { PipelinePlan } from '../domain/plan';

/** Binds every SQL expression of a plan. @throws PermanentFailure InvalidPlan that names the expression. */
export async function checkExpressions(settings: Settings, plan: PipelinePlan): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-check-'));
  const session = await createDuckDbEngine().open({ ...settings.engine, directory });
  try {
    await checkPlanExpressions(session, plan);
  } finally {
    session.close();
    await rm(directory, { recursive: true, force: true });
  }
}
