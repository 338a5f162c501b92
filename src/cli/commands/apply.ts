import type { Command } from 'commander';
import { canonicalJson } from '../../domain/canonical-json';
import { DEFAULT_RECONCILE_MINUTES, type PipelinePlan } from '../../domain/plan';
import { checkStore } from '../../workers/check-store';
import { commandAction } from '../command';
import { readCheckedPipelineFile } from '../pipeline-file';
import type { CliSession } from '../session';

/** What changed by the first apply. */
const EVERYTHING = ['*'];

export function registerApply(program: Command): void {
  program
    .command('apply FILE')
    .description('make a pipeline live (idempotent); runs under way keep the plan they started with')
    .action(
      commandAction(async (session, _output, file: string) => {
        const { plan } = await readCheckedPipelineFile(file, session);
        await checkStore(session.settings, session.store);
        const { digest, previous, changed } = await session.plans.apply(plan);
        const everyMinutes = plan.source.reconcileMinutes ?? DEFAULT_RECONCILE_MINUTES;
        await session.scheduleReconcile(plan.pipeline, everyMinutes);
        const changes = await changedSections(session, plan, previous);
        const document = { pipeline: plan.pipeline, digest, previous: previous ?? null, changed, changes };
        return { document, text: describe(session, plan.pipeline, digest, changed ? changes : undefined) };
      }),
    );
}

async function changedSections(
  session: CliSession,
  plan: PipelinePlan,
  previous: string | undefined,
): Promise<readonly string[]> {
  if (previous === undefined) return EVERYTHING;
  const before: Readonly<Record<string, unknown>> = {
    ...(await session.plans.load(plan.pipeline, previous)),
  };
  return Object.entries(plan)
    .filter(([section, value]) => canonicalJson(value) !== canonicalJson(before[section]))
    .map(([section]) => section);
}

function describe(
  { hint }: CliSession,
  pipeline: string,
  digest: string,
  changes: readonly string[] | undefined,
): string {
  const plan = `plan ${digest.slice(0, 12)}`;
  if (!changes) return `${pipeline} is live already with this ${plan}`;
  const what = changes === EVERYTHING ? 'new pipeline' : `changed: ${changes.join(', ')}`;
  return `${pipeline} is live with ${plan}; ${what}\nNext: ${hint(`upload ${pipeline} FILE`)}`;
}
