import type { PathPart, SpecPath } from './finding';
import type { YamlSource } from './yaml-source';

/** What a finding needs to know of the text: the data, and how a scalar was written. */
export type RawSource = Pick<YamlSource, 'raw' | 'writtenAt'>;

export function isStructure(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export function valueAt(raw: unknown, path: SpecPath): unknown {
  return path.reduce<unknown>(
    (value, part) => (isStructure(value) ? (value as Record<PathPart, unknown>)[part] : undefined),
    raw,
  );
}

/** True when `path` is in the file, even if its value is empty. */
export function exists(raw: unknown, path: SpecPath): boolean {
  const last = path.at(-1);
  const parent = valueAt(raw, path.slice(0, -1));
  return last === undefined || (isStructure(parent) && Object.hasOwn(parent, last));
}
