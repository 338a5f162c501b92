import type { PathPart, SpecPath } from './finding';
import { buildPipelineJsonSchema, type JsonSchemaNode } from './json-schema';

let root: JsonSchemaNode | undefined;

/** The keys that the file format has at `path`; empty where the author chooses the names. */
export function knownKeys(path: SpecPath): readonly string[] {
  root ??= buildPipelineJsonSchema();
  let nodes: readonly JsonSchemaNode[] = [root];
  for (const part of path) nodes = nodes.flatMap((node) => children(node, part));
  return nodes.flatMap(alternatives).flatMap((node) => Object.keys(node.properties ?? {}));
}

function children(node: JsonSchemaNode, part: PathPart): readonly JsonSchemaNode[] {
  return alternatives(node).flatMap((option) => {
    if (typeof part === 'number') return option.items ? [option.items] : [];
    const named = option.properties?.[part];
    if (named) return [named];
    return typeof option.additionalProperties === 'object' ? [option.additionalProperties] : [];
  });
}

function alternatives(node: JsonSchemaNode): readonly JsonSchemaNode[] {
  return node.anyOf ?? [node];
}
