import { expandExpectation } from './expand-expectation';
import { formatPath, type PathPart, type SpecPath } from './finding';
import { expectationSchema } from './schema/expectation-schema';
import type { SpecProblem } from './spec-problem';
import { readYaml } from './yaml-source';

/** Something in a plan that turned out to be wrong after the file was read. */
export interface PlanTrouble {
  /** Inside the plan: `['features', 3, 'sql']`. */
  readonly path: SpecPath;
  readonly message: string;
  readonly got: string;
}

/**
 * Where the problems of a plan stand in the file that it was made of, in the order of the text.
 *
 * @param text a valid pipeline file
 */
export function locatePlanProblems(
  text: string,
  file: string,
  troubles: readonly PlanTrouble[],
): readonly SpecProblem[] {
  const source = readYaml(text);
  const problems = troubles.map(({ path, message, got }) => {
    const inFile = pathInFile(source.raw, path);
    return { file, ...source.locate(inFile, 'value'), path: formatPath(inFile), message, got };
  });
  return problems.toSorted((left, right) => left.line - right.line || left.column - right.column);
}

/** A plan has one expectation for each thing that can fail on its own, a file one for each line. */
function pathInFile(raw: unknown, path: SpecPath): SpecPath {
  const [section, planIndex, ...rest] = path;
  if (section !== 'expectations' || typeof planIndex !== 'number') return path;
  const items = (raw as Readonly<Record<string, unknown>>)['expectations'];
  let seen = 0;
  for (const [index, item] of (Array.isArray(items) ? (items as readonly unknown[]) : []).entries()) {
    seen += expandExpectation(expectationSchema.parse(item)).length;
    if (seen > planIndex) return [section, index, ...rest] satisfies readonly PathPart[];
  }
  return [section];
}
