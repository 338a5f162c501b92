import type { PipelinePlan } from '../domain/plan';
import { buildPlan } from './build-plan';
import { checkColumns } from './checks/check-columns';
import { checkExpectations } from './checks/check-expectations';
import { checkFeatures } from './checks/check-features';
import { checkForm } from './checks/check-form';
import { checkNames } from './checks/check-names';
import { checkTraining } from './checks/check-training';
import type { Finding } from './finding';
import { pipelineSchema } from './schema/pipeline-schema';
import type { SpecProblem } from './spec-problem';
import { readSpecSource, type ReadBeside, type SpecSource } from './spec-source';
import { viewSpec, type SpecView } from './spec-view';
import { upgradeSpec } from './upgrade-spec';
import { zodFindings } from './zod-findings';

export type ParsedPipelineFile =
  { readonly plan: PipelinePlan } | { readonly problems: readonly SpecProblem[] };

const CHECKS = [
  checkForm,
  checkContract,
  checkColumns,
  checkExpectations,
  checkNames,
  checkFeatures,
  checkTraining,
] as const;

/**
 * Reads a pipeline file: its frozen plan, or all of its problems in the order of the text. Never throws on bad input.
 *
 * @param fileName only for messages
 * @param readBeside reads the contract when the file names one
 */
export function parsePipelineFile(
  text: string,
  fileName: string,
  readBeside: ReadBeside = () => undefined,
): ParsedPipelineFile {
  const source = readSpecSource(text, fileName, readBeside);
  const upgraded = upgradeSpec(source.raw);
  const parsed = pipelineSchema.safeParse(upgraded.raw);
  const view = viewSpec(upgraded.raw);
  const findings = source.readable ? findAll(source, upgraded, view, parsed.error?.issues ?? []) : [];
  const problems = [...source.syntaxProblems, ...findings.map(source.toProblem)];
  if (problems.length > 0 || !parsed.success) return { problems: inOrder(problems, fileName) };
  return { plan: buildPlan(parsed.data, view) };
}

function findAll(
  source: SpecSource,
  upgraded: ReturnType<typeof upgradeSpec>,
  view: SpecView,
  issues: Parameters<typeof zodFindings>[0],
): readonly Finding[] {
  // Of a file for a newer Millrace only this one thing can be said.
  if (upgraded.findings.length > 0) return upgraded.findings;
  if (source.findings.length > 0) return source.findings;
  const raw = { raw: upgraded.raw, writtenAt: source.writtenAt };
  return [...zodFindings(issues, raw), ...CHECKS.flatMap((check) => check(view, raw))];
}

function checkContract({ contractFindings }: SpecView): readonly Finding[] {
  return contractFindings;
}

/** In the order of the text, the pipeline file's own first. */
function inOrder(problems: readonly SpecProblem[], fileName: string): readonly SpecProblem[] {
  return problems.toSorted(
    (left, right) =>
      Number(left.file !== fileName) - Number(right.file !== fileName) ||
      left.line - right.line ||
      left.column - right.column,
  );
}
