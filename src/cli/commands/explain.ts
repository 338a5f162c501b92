import type { Command } from 'commander';
import { explainPlan } from '../../sql/explain';
import { commandAction } from '../command';
import { readPipelineFile } from '../pipeline-file';

export function registerExplain(program: Command): void {
  program
    .command('explain FILE')
    .description('show the plan and the SQL that a pipeline file compiles to')
    .action(
      commandAction(async (_session, _output, file: string) => {
        const { plan, digest } = await readPipelineFile(file);
        const text = explainPlan(plan);
        return { document: { pipeline: plan.pipeline, digest, plan, sql: text }, text };
      }),
    );
}
