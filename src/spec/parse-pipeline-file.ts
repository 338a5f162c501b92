import type { PipelinePlan } from '../domain/plan';
import { buildPlan } from './build-plan';
import { checkColumns } from './checks/check-columns';
import { checkExpectations } from './checks/check-expectations';
import { checkFeatures } from './checks/check-features';
import { checkNames } from './checks/check-names';
import { checkTraining } from './checks/check-training';
import { type Finding, formatPath } from './finding';
import { pipelineSchema } from './schema/pipeline-schema';
import type { SpecProblem } from './spec-problem';
import { viewSpec } from './spec-view';
import { upgradeSpec } from './upgrade-spec';
import { readYaml, type YamlSource } from './yaml-source';
import { zodFindings } from './zod-findings';

export type ParsedPipelineFile =
  { readonly plan: PipelinePlan } | { readonly problems: readonly SpecProblem[] };

const CHECKS = [checkColumns, checkExpectations, checkNames, checkFeatures, checkTraining];

/**
 * Reads a pipeline file: its frozen plan, or all of its problems in the order of the text. Never throws on bad input.
 *
 * @param fileName only for messages
 */
export function parsePipelineFile(text: string, fileName: string): ParsedPipelineFile {
  const source = readYaml(text);
  const upgraded = upgradeSpec(source.raw);
  const parsed = pipelineSchema.safeParse(upgraded.raw);
  const findings = source.readable ? findAll(source, upgraded, parsed.error?.issues ?? []) : [];
  const problems = [
    ...source.syntaxProblems.map((problem) => ({ file: fileName, path: '', ...problem })),
    ...findings.map((finding) => toProblem(finding, source, fileName)),
  ];
  if (problems.length > 0 || !parsed.success) return { problems: inOrder(problems) };
  return { plan: buildPlan(parsed.data) };
}

function findAll(
  source: YamlSource,
  upgraded: ReturnType<typeof upgradeSpec>,
  issues: Parameters<typeof zodFindings>[0],
): readonly Finding[] {
  // Of a file for a newer Millrace only this one thing can be said.
  if (upgraded.findings.length > 0) return upgraded.findings;
  const view = viewSpec(upgraded.raw);
  const shape = zodFindings(issues, { raw: upgraded.raw, writtenAt: source.writtenAt });
  return [...shape, ...CHECKS.flatMap((check) => check(view))];
}

function toProblem(finding: Finding, source: YamlSource, file: string): SpecProblem {
  const { path, at, ...said } = finding;
  return { file, ...source.locate(path, at), path: formatPath(path), ...said };
}

function inOrder(problems: readonly SpecProblem[]): readonly SpecProblem[] {
  return problems.toSorted((left, right) => left.line - right.line || left.column - right.column);
}
