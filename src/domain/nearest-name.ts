import { editDistance } from './edit-distance';

/** The valid name that `given` is most likely a misspelling of; `undefined` when none is close. */
export function nearestName(given: string, valid: Iterable<string>): string | undefined {
  const names = [...valid];
  const synonym = names.find((name) => SYNONYMS[name]?.includes(comparable(given)));
  if (synonym !== undefined) return synonym;
  const allowedEdits = Math.max(1, Math.floor(given.length / 3));
  let best: string | undefined;
  let bestEdits = allowedEdits + 1;
  for (const name of names) {
    const edits = editDistance(comparable(given), comparable(name));
    if (edits < bestEdits) [best, bestEdits] = [name, edits];
  }
  return best;
}

/** `did you mean …?` with the name that {@link nearestName} finds, or the list of valid names when none is close. */
export function nameHint(given: string, valid: readonly string[]): string {
  const nearest = nearestName(given, valid);
  return nearest === undefined ? `valid names are ${valid.join(', ')}` : `did you mean ${nearest}?`;
}

/** `arrDelay`, `arr-delay` and `arr_delay` are the same slip of style, not a misspelling. */
function comparable(name: string): string {
  return name.toLowerCase().replace(/[-_\s]/g, '');
}

/** What other tools call the same thing. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  string: ['str', 'text', 'varchar', 'object', 'category'],
  integer: ['int', 'int32', 'int64', 'bigint', 'long'],
  double: ['float', 'float32', 'float64', 'number', 'decimal', 'real'],
  boolean: ['bool'],
  timestamp: ['datetime', 'datetime64', 'time'],
  num_round: ['nestimators', 'numboostround', 'rounds', 'trees'],
  eta: ['learningrate', 'lr'],
  seed: ['randomstate', 'randomseed'],
  nthread: ['njobs', 'threads'],
  unique: ['primarykey', 'distinct'],
  not_null: ['required', 'nonnull'],
  in_set: ['enum', 'oneof', 'isin'],
  matches: ['regex', 'pattern'],
  between: ['range'],
  mean: ['avg', 'average'],
  categorical: ['category', 'string'],
  number: ['float', 'double', 'decimal', 'real', 'numeric'],
  mustBeGreaterThan: ['mustbemorethan', 'mustbeabove'],
  mustBeLessThan: ['mustbebelow', 'mustbefewerthan'],
  nullValues: ['nulls', 'nullcount'],
  duplicateValues: ['duplicates', 'uniqueness'],
  '<=': ['=<'],
  '>=': ['=>'],
  numeric: ['number', 'integer', 'double'],
};
