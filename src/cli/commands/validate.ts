import type { Command } from 'commander';
import type { PipelinePlan } from '../../domain/plan';
import { validateFiles } from '../../workers/validate-files';
import { commandAction, CommandError, type CommandResult } from '../command';
import { dataFileProblem } from '../data-file-problem';
import { EXIT_CODES } from '../exit-codes';
import { readCheckedPipelineFile } from '../pipeline-file';
import { verdictText } from '../verdict-text';

interface ValidateOptions {
  readonly data?: readonly string[];
}

export function registerValidate(program: Command): void {
  program
    .command('validate FILE')
    .description('check a pipeline file and its SQL; with --data, judge local files by its contract')
    .option(
      '--data <file>',
      'a data file to judge, without any server; may be repeated; exit code 4 when the batch is refused',
      (file: string, files: readonly string[] | undefined) => [...(files ?? []), file],
    )
    .action(
      commandAction(async (session, _output, file: string, { data = [] }: ValidateOptions) => {
        const { plan, digest } = await readCheckedPipelineFile(file, session);
        if (data.length > 0) return judge(session.engine, plan, data);
        const text = `${summary(plan, digest)}\nNext: ${session.hint(`apply ${file}`)}`;
        return { document: { pipeline: plan.pipeline, digest, problems: [] }, text };
      }),
    );
}

async function judge(
  engine: Parameters<typeof validateFiles>[0],
  plan: PipelinePlan,
  files: readonly string[],
): Promise<CommandResult> {
  for (const file of files) {
    const problem = await dataFileProblem(file);
    if (problem === undefined) continue;
    throw new CommandError(EXIT_CODES.notFound, `Data file cannot be read [file=${file}]: ${problem}`);
  }
  const report = await validateFiles(engine, plan, files);
  return {
    document: report,
    text: verdictText(report),
    exitCode: report.verdict === 'accepted' ? EXIT_CODES.ok : EXIT_CODES.refused,
  };
}

function summary(plan: PipelinePlan, digest: string): string {
  return [
    `${plan.pipeline} is valid, plan ${digest.slice(0, 12)}:`,
    `  ${plan.columns.length} columns, ${plan.expectations.length} expectations,`,
    `  ${plan.features.length} features and ${plan.windows.length} rolling windows for the label ${plan.label.name}`,
  ].join('\n');
}
