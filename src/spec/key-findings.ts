import { type Finding, formatPath, type SpecPath } from './finding';
import { knownKeys } from './known-keys';
import { nearestName } from '../domain/nearest-name';
import { isStructure, type RawSource, valueAt } from './raw-values';
import { suggest } from './suggest';

export function unknownKey(parent: SpecPath, key: string, source: RawSource): Finding {
  const path = [...parent, key];
  const valid = knownKeys(parent);
  return {
    path,
    at: 'key',
    message: `unknown key "${key}"${isRestOfText(key, path, source) ? COMMA_TRAP : ''}`,
    expected: `one of ${valid.join(', ')}`,
    got: `"${key}"`,
    ...suggest(nearestName(key, valid)),
  };
}

const COMMA_TRAP = ': inside { } a comma begins a new key, so put text that holds commas in quotes';

/** `{ sql: round(a, 2) }` is read as `sql: round(a` and a key `2)` without a value. */
function isRestOfText(key: string, path: SpecPath, source: RawSource): boolean {
  return valueAt(source.raw, path) === null && !/^\w+$/.test(key);
}

/** Nothing when the key is there but misspelled: then it was already reported as unknown. */
export function missingKey(path: SpecPath, source: RawSource): readonly Finding[] {
  const parent = path.slice(0, -1);
  const key = String(path.at(-1));
  const given = valueAt(source.raw, parent);
  const valid = knownKeys(parent);
  const unknown = isStructure(given) ? Object.keys(given).filter((name) => !valid.includes(name)) : [];
  if (unknown.some((name) => nearestName(name, valid) === key)) return [];
  const place = parent.length > 0 ? ` in ${formatPath(parent)}` : '';
  return [{ path, at: 'key', message: `missing key "${key}"${place}`, expected: `"${key}"`, got: 'nothing' }];
}

export function badName(path: SpecPath, expected: string): Finding {
  const name = String(path.at(-1));
  const cleaned = name.trim().replace(/[^A-Za-z0-9_]+/g, '_');
  const usable = /^[A-Za-z_]/.test(cleaned) && cleaned !== name;
  return {
    path,
    at: 'key',
    message: `bad name "${name}"`,
    expected,
    got: `"${name}"`,
    ...suggest(usable ? cleaned.slice(0, 63) : undefined),
  };
}
