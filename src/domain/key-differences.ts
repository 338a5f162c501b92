import type { JsonValue } from './canonical-json';

export interface KeyDifference {
  /** Dotted path of the part, e.g. `plan.columns.3.type`. */
  readonly path: string;
  /** Absent = not there. */
  readonly left?: JsonValue;
  readonly right?: JsonValue;
}

/** What differs between two stage keys, down to single values, in the order of the paths. */
export function keyDifferences(left: JsonValue, right: JsonValue): readonly KeyDifference[] {
  return differences('', left, right).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function differences(
  path: string,
  left: JsonValue | undefined,
  right: JsonValue | undefined,
): KeyDifference[] {
  if (isNode(left) && isNode(right)) {
    const names = new Set([...Object.keys(left), ...Object.keys(right)]);
    return [...names].flatMap((name) =>
      differences(path === '' ? name : `${path}.${name}`, child(left, name), child(right, name)),
    );
  }
  if (left === right) return [];
  return [{ path, ...(left === undefined ? {} : { left }), ...(right === undefined ? {} : { right }) }];
}

type Node = Readonly<Record<string, JsonValue>> | readonly JsonValue[];

function isNode(value: JsonValue | undefined): value is Node {
  return typeof value === 'object' && value !== null;
}

function child(node: Node, name: string): JsonValue | undefined {
  return (node as Readonly<Record<string, JsonValue>>)[name];
}
