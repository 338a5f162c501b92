import path from 'node:path';
import { PROJECT_ROOT } from '../dev/stack-paths';

export const DEFAULT_STATE = '.millrace';

/** A command line to copy: this program as it can be called from here, and the state folder unless it is the default. */
export type Hint = (command: string) => string;

export function createHint(stateDirectory: string, program: string = programName()): Hint {
  const state = stateDirectory === DEFAULT_STATE ? '' : ` --state ${quoteForShell(stateDirectory)}`;
  return (command) => `${program} ${command}${state}`;
}

/** The path of a file of this checkout as it can be typed from here. */
export function fromHere(...names: readonly string[]): string {
  const absolute = path.join(PROJECT_ROOT, ...names);
  const relative = path.relative(process.cwd(), absolute);
  return quoteForShell(relative.startsWith(path.join('..', '..')) ? absolute : relative);
}

function programName(): string {
  // Called through a link on the PATH, the name alone is enough.
  if (path.basename(process.argv[1] ?? '') === 'millrace') return 'millrace';
  const file = fromHere('bin', 'millrace.cjs');
  return file.includes('/') ? file : `./${file}`;
}

function quoteForShell(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
