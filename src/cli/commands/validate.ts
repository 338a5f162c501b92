import type { Command } from 'commander';
import type { PipelinePlan } from '../../domain/plan';
import { commandAction } from '../command';
import { readCheckedPipelineFile } from '../pipeline-file';

export function registerValidate(program: Command): void {
  program
    .command('validate FILE')
    .description('check a pipeline file and its SQL: every problem with its line and column')
    .action(
      commandAction(async (session, _output, file: string) => {
        const { plan, digest } = await readCheckedPipelineFile(file, session);
        const text = `${summary(plan, digest)}\nNext: ${session.hint(`apply ${file}`)}`;
        return { document: { pipeline: plan.pipeline, digest, problems: [] }, text };
      }),
    );
}

function summary(plan: PipelinePlan, digest: string): string {
  return [
    `${plan.pipeline} is valid, plan ${digest.slice(0, 12)}:`,
    `  ${plan.columns.length} columns, ${plan.expectations.length} expectations,`,
    `  ${plan.features.length} features and ${plan.windows.length} rolling windows for the label ${plan.label.name}`,
  ].join('\n');
}
