import { editDistance } from '../../domain/edit-distance';

/**
 * What the names in a file have that they should not, and the other way round, in one sentence; undefined = they fit.
 * Of wanted paths the first name counts. Names that differ in case only are one name to the engine.
 */
export function compareNames(found: readonly string[], wanted: readonly string[]): string | undefined {
  const tops = [...new Set(wanted.map((path) => path.split('.', 1)[0] ?? path))];
  const missing = tops.filter((name) => !found.includes(name));
  const unexpected = found.filter((name) => !tops.includes(name));
  const repeated = [...new Set(found.filter((name, index) => found.indexOf(name) !== index))];
  const parts = [
    listed('missing', missing),
    listed(
      'unexpected',
      unexpected.map((name) => `${show(name)}${hint(name, missing)}`),
    ),
    listed('there twice', repeated.map(show)),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join('; ');
}

const MAX_LISTED = 10;

function listed(what: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : '';
  return `${what} ${names.slice(0, MAX_LISTED).join(', ')}${more}`;
}

function hint(name: string, missing: readonly string[]): string {
  const near = missing.find((candidate) => {
    const [left, right] = [name.trim().toLowerCase(), candidate.toLowerCase()];
    return editDistance(left, right) <= Math.max(1, Math.floor(right.length / 4));
  });
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}

function show(name: string): string {
  return name === '' || /[^A-Za-z0-9_]/.test(name) ? JSON.stringify(name.slice(0, 80)) : name.slice(0, 80);
}
