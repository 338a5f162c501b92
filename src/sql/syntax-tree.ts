import type { JsonValue } from '../domain/canonical-json';

/** A node of the engine's syntax tree, as `json_serialize_sql` writes it. */
export type Tree = Readonly<Record<string, JsonValue>>;

export function isTree(value: JsonValue | undefined): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asList(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

export function children(node: JsonValue): readonly JsonValue[] {
  if (Array.isArray(node)) return node as readonly JsonValue[];
  return isTree(node) ? Object.values(node) : [];
}

/** All nodes of a tree, a node before those inside it. */
export function nodesOf(node: JsonValue): readonly Tree[] {
  return [...(isTree(node) ? [node] : []), ...children(node).flatMap(nodesOf)];
}

/** Lower-case; `?` when there is none. */
export function nameOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value.toLowerCase() : '?';
}

/** Name of the function that a node calls, lower-case. */
export function functionOf(node: Tree): string | undefined {
  const name = node['function_name'];
  return typeof name === 'string' ? name.toLowerCase() : undefined;
}
