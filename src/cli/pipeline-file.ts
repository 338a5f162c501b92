import { readFile } from 'node:fs/promises';
import type { PipelinePlan } from '../domain/plan';
import { formatProblems } from '../spec/format-problems';
import { parsePipelineFile } from '../spec/parse-pipeline-file';
import { digestOf } from '../lake/digest';
import { locatePlanProblems } from '../spec/plan-problems';
import type { SpecProblem } from '../spec/spec-problem';
import { findPlanProblems } from '../workers/check-plan';
import { CommandError } from './command';
import { EXIT_CODES } from './exit-codes';
import type { CliSession } from './session';

interface PipelineFile {
  readonly plan: PipelinePlan;
  readonly digest: string;
  readonly text: string;
}

/** Reads and checks a pipeline file. @throws CommandError with all problems: usage for a bad file, notFound for none. */
export async function readPipelineFile(path: string): Promise<PipelineFile> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CommandError(
      EXIT_CODES.notFound,
      `Pipeline file cannot be read [file=${path}]: ${(error as Error).message}`,
    );
  });
  const parsed = parsePipelineFile(text, path);
  if ('problems' in parsed) throw invalid(parsed.problems, text);
  return { plan: parsed.plan, digest: digestOf(parsed.plan), text };
}

/** {@link readPipelineFile}, and the engine tries every expression, pattern and format; needs no services. */
export async function readCheckedPipelineFile(
  path: string,
  { engine }: Pick<CliSession, 'engine'>,
): Promise<PipelineFile> {
  const file = await readPipelineFile(path);
  const problems = locatePlanProblems(file.text, path, await findPlanProblems(engine, file.plan));
  if (problems.length > 0) throw invalid(problems, file.text);
  return file;
}

function invalid(problems: readonly SpecProblem[], text: string): CommandError {
  return new CommandError(EXIT_CODES.usage, formatProblems(problems, text), { problems });
}
