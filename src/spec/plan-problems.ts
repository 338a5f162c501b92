import { expandExpectation } from './expand-expectation';
import type { SpecPath } from './finding';
import { pathOf } from './located-expectation';
import type { SpecProblem } from './spec-problem';
import { readSpecSource, type ReadBeside } from './spec-source';
import { viewSpec, type SpecView } from './spec-view';

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
  readBeside: ReadBeside = () => undefined,
): readonly SpecProblem[] {
  const source = readSpecSource(text, file, readBeside);
  const view = viewSpec(source.raw);
  const problems = troubles.map(({ path, message, got }) =>
    source.toProblem({ path: pathInFile(view, path), at: 'value', message, got }),
  );
  return problems.toSorted((left, right) => left.line - right.line || left.column - right.column);
}

/** A plan has one expectation for each thing that can fail on its own, a file one for each line. */
function pathInFile(view: SpecView, path: SpecPath): SpecPath {
  const [section, index, ...rest] = path;
  if (section === 'columns') return [...view.columnPath(String(index)), ...rest];
  if (section !== 'expectations' || typeof index !== 'number') return path;
  let seen = 0;
  for (const located of view.expectations) {
    seen += located ? expandExpectation(located.item).length : 0;
    if (located && seen > index) return pathOf(located, ...rest);
  }
  return [section];
}
