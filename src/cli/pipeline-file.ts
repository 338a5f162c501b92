import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { PipelinePlan } from '../domain/plan';
import { formatProblems } from '../spec/format-problems';
import { parsePipelineFile } from '../spec/parse-pipeline-file';
import { digestOf } from '../lake/digest';
import { locatePlanProblems } from '../spec/plan-problems';
import type { SpecProblem } from '../spec/spec-problem';
import type { ReadBeside } from '../spec/spec-source';
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
  const beside = readerBeside(path);
  const parsed = parsePipelineFile(text, path, beside);
  if ('problems' in parsed) throw invalid(parsed.problems, text, beside);
  return { plan: parsed.plan, digest: digestOf(parsed.plan), text };
}

/** {@link readPipelineFile}, and the engine tries every expression, pattern and format; needs no services. */
export async function readCheckedPipelineFile(
  path: string,
  { engine }: Pick<CliSession, 'engine'>,
): Promise<PipelineFile> {
  const file = await readPipelineFile(path);
  const beside = readerBeside(path);
  const troubles = await findPlanProblems(engine, file.plan);
  const problems = locatePlanProblems(file.text, path, troubles, beside);
  if (problems.length > 0) throw invalid(problems, file.text, beside);
  return file;
}

/** A contract is named from the folder of the pipeline file on. */
function readerBeside(path: string): ReadBeside {
  return (name) => {
    try {
      return readFileSync(resolve(dirname(path), name), 'utf8');
    } catch {
      return undefined;
    }
  };
}

function invalid(problems: readonly SpecProblem[], text: string, beside: ReadBeside): CommandError {
  const shown = formatProblems(problems, (file) => beside(file) ?? text);
  return new CommandError(EXIT_CODES.usage, shown, { problems });
}
