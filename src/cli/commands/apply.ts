import type { Command } from 'commander';
import { canonicalJson } from '../../domain/canonical-json';
import type { PipelinePlan } from '../../domain/plan';
import { checkExpressions } from '../../workers/check-plan';
import { checkStore } from '../../workers/check-store';
import { commandAction } from '../command';
import { readPipelineFile } from '../pipeline-file';
import type { CliSession } from '../session';

export function registerApply(program: Command): void {
  program
    .command('apply FILE')
    .description('make a pipeline live (idempotent); runs under way keep the plan they started with')
    .action(
      commandAction(async (session, _output, file: string) => {
        const { plan } = await readPipelineFile(file);
        await checkExpressions(session.settings, plan);
        await checkStore(session.settings, session.store);
        const { digest, previous, changed } = await session.plans.apply(plan);
        const changes = await changedSections(session, plan, previous);
        const document = { pipeline: plan.pipeline, digest, previous: previous ?? null, changed, changes };
        return { document, text: describe(plan.pipeline, digest, changed, changes) };
      }),
    );
}

async function changedSections(
  session: CliSession,
  plan: PipelinePlan,
  previous: string | undefined,
): Promise<readonly string[]> {
  if (previous === undefined) return Object.keys(plan);
  const before: Readonly<Record<string, unknown>> = {
    ...(await session.plans.load(plan.pipeline, previous)),
  };
  return Object.entries(plan)
    .filter(([section, value]) => canonicalJson(value) !== canonicalJson(before[section]))
    .map(([section]) => section);
}

function describe(pipeline: string, digest: string, changed: boolean, changes: readonly string[]): string {
  const plan = `plan ${digest.slice(0, 12)}`;
  if (!changed) return `${pipeline} is live already with this ${plan}`;
  return `${pipeline} is live with ${plan}; changed: ${changes.join(', ')}\nNext: millrace upload ${pipeline} FILE`;
}
