import type { SpecProblem } from './spec-problem';

/**
 * Problems the way a compiler shows them: place, message, the line with a caret, what was expected and meant.
 *
 * @param textOf the text of a file that the problems are about
 */
export function formatProblems(
  problems: readonly SpecProblem[],
  textOf: (file: string) => string | undefined,
): string {
  const shown = problems.map((problem) =>
    formatProblem(problem, textOf(problem.file)?.split(/\r?\n/)[problem.line - 1] ?? ''),
  );
  return [...shown, `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} found`].join(
    '\n\n',
  );
}

function formatProblem(problem: SpecProblem, sourceLine: string): string {
  const { file, line, column, message, expected, got, suggestion } = problem;
  const gutter = ' '.repeat(String(line).length);
  // Tabs are kept, so that the caret stands under its character whatever their width.
  const indent = sourceLine.slice(0, column - 1).replace(/[^\t]/g, ' ');
  const note = (label: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [` ${gutter} = ${label} ${value}`];
  return [
    `${file}:${line}:${column}: ${message}`,
    ` ${gutter} |`,
    ` ${line} | ${sourceLine}`,
    ` ${gutter} | ${indent}${'^'.repeat(markedLength(sourceLine, column))}`,
    ...note('expected', expected),
    ...note('got', got),
    ...note('did you mean', suggestion === undefined ? undefined : `${suggestion} ?`),
  ].join('\n');
}

/** The length of the word or quoted text that begins at `column`. */
function markedLength(sourceLine: string, column: number): number {
  const word = /^(?:"[^"]*"|'[^']*'|[\w.+-]+)/.exec(sourceLine.slice(column - 1));
  return Math.max(1, word?.[0].length ?? 1);
}
