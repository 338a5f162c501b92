import { distance } from 'fastest-levenshtein';

/** ` Did you mean …?` with the valid name most like `given`, or the list of valid names when none is close. */
export function nameHint(given: string, valid: readonly string[]): string {
  const [nearest] = valid
    .map((name) => ({ name, edits: distance(given.toLowerCase(), name.toLowerCase()) }))
    .filter(({ edits }) => edits <= Math.max(1, Math.floor(given.length / 3)))
    .sort((left, right) => left.edits - right.edits);
  return nearest ? `did you mean ${nearest.name}?` : `valid names are ${valid.join(', ')}`;
}
