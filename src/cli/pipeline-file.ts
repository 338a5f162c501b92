import { readFile } from 'node:fs/promises';
import type { PipelinePlan } from '../domain/plan';
import { formatProblems } from '../spec/format-problems';
import { parsePipelineFile } from '../spec/parse-pipeline-file';
import { planDigest } from '../spec/plan-digest';
import { CommandError } from './command';
import { EXIT_CODES } from './exit-codes';

/** Reads and checks a pipeline file. @throws CommandError with all problems: usage for a bad file, notFound for none. */
export async function readPipelineFile(
  path: string,
): Promise<{ readonly plan: PipelinePlan; readonly digest: string }> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CommandError(
      EXIT_CODES.notFound,
      `Pipeline file cannot be read [file=${path}]: ${(error as Error).message}`,
    );
  });
  const parsed = parsePipelineFile(text, path);
  if ('problems' in parsed) {
    throw new CommandError(EXIT_CODES.usage, formatProblems(parsed.problems, text), {
      problems: parsed.problems,
    });
  }
  return { plan: parsed.plan, digest: planDigest(parsed.plan) };
}
