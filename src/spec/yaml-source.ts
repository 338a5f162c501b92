import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type YAMLError,
} from 'yaml';
import { type Finding, type PathPart, type SpecPath } from './finding';

interface SourcePosition {
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
}

/** A YAML text whose values remember where they stand. */
export interface YamlSource {
  /** Plain JSON-like data; `null` when the text cannot be read. */
  readonly raw: unknown;
  readonly syntaxProblems: readonly (SourcePosition & { readonly message: string })[];
  /** False when the text is so broken that looking at its content would only produce noise. */
  readonly readable: boolean;
  /** Where `path` stands, or its nearest existing ancestor. */
  readonly locate: (path: SpecPath, at: Finding['at']) => SourcePosition;
  /** The scalar at `path` as it was written, e.g. `007`. */
  readonly writtenAt: (path: SpecPath) => string | undefined;
}

interface Place {
  readonly keyOffset: number | undefined;
  readonly node: Node | undefined;
}

export function readYaml(text: string): YamlSource {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const position = (offset: number): SourcePosition => {
    const { line, col } = lineCounter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const troubles = withoutFollowUps([...document.errors, ...document.warnings]);
  const content = toPlainData(document);
  return {
    raw: content.raw,
    syntaxProblems: [
      ...troubles.map(({ pos, code, message }) => ({
        ...position(pos[0]),
        message:
          code === 'DUPLICATE_KEY'
            ? explainDuplicate(document, pos[0], position)
            : explainSyntax(code, message),
      })),
      ...content.problems.map((message) => ({ ...position(0), message })),
    ],
    readable: document.errors.every(({ code }) => code === 'DUPLICATE_KEY') && content.problems.length === 0,
    locate: (path, at) => position(offsetOf(document, path, at)),
    writtenAt: (path) => {
      const node = walk(document, path).at(-1)?.node;
      return isScalar(node) ? (node.source ?? String(node.value)) : undefined;
    },
  };
}

/** Refuses documents that grow when their aliases are followed ("billion laughs"). */
function toPlainData(document: Document): { raw: unknown; problems: readonly string[] } {
  try {
    return { raw: document.toJS() as unknown, problems: [] };
  } catch (error) {
    return {
      raw: null,
      problems: [`not readable: ${error instanceof Error ? error.message : String(error)}`],
    };
  }
}

/** After a wrong indentation the parser stumbles over every further line: only the first place tells anything. */
function withoutFollowUps(troubles: readonly YAMLError[]): readonly YAMLError[] {
  const [first] = troubles
    .filter(({ code }) => code !== 'DUPLICATE_KEY')
    .toSorted((left, right) => left.pos[0] - right.pos[0]);
  return first ? [first] : troubles;
}

function explainDuplicate(
  document: Document,
  offset: number,
  position: (offset: number) => SourcePosition,
): string {
  let message = 'duplicate key';
  visit(document, {
    Map: (_key, map) => {
      const keys = map.items.map(({ key }) => key).filter((key) => isScalar(key));
      const second = keys.find((key) => startOf(key) === offset);
      if (!second) return undefined;
      const first = keys.find(({ value }) => value === second.value);
      const { line, column } = position(startOf(first) ?? 0);
      message = `duplicate key "${String(second.value)}": the first one stands at ${line}:${column}`;
      return visit.BREAK;
    },
  });
  return message;
}

const HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: ': indent with blanks',
  BLOCK_AS_IMPLICIT_KEY: ': the next line is indented differently, or a text with ": " in it needs quotes',
  MULTILINE_IMPLICIT_KEY: ': the next line is indented differently, or a text with ": " in it needs quotes',
};

function explainSyntax(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'more than one document ("---"): a pipeline file holds exactly one';
  return `not valid YAML: ${message.replace(/\s+/g, ' ').trim()}${HINTS[code] ?? ''}`;
}

function offsetOf(document: Document, path: SpecPath, at: Finding['at']): number {
  const places = walk(document, path);
  const found = places.at(-1);
  if (!found) return startOf(document.contents) ?? 0;
  const value = startOf(found.node);
  // A missing key or an empty value has no text of its own: point at the nearest key above it.
  const preferKey = at === 'key' || places.length < path.length;
  return (preferKey ? (found.keyOffset ?? value) : (value ?? found.keyOffset)) ?? 0;
}

function startOf(node: Node | null | undefined): number | undefined {
  const range = node?.range;
  return range && range[1] > range[0] ? range[0] : undefined;
}

/** The nodes along `path`, as far as they exist. */
function walk(document: Document, path: SpecPath): readonly Place[] {
  const places: Place[] = [];
  let node: Node | undefined = resolve(document, document.contents);
  for (const part of path) {
    const place = step(document, node, part);
    if (!place) break;
    places.push(place);
    node = place.node;
  }
  return places;
}

function step(document: Document, node: Node | undefined, part: PathPart): Place | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(part)];
    return item === undefined ? undefined : { keyOffset: undefined, node: resolve(document, item) };
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
  if (!pair) return undefined;
  return { keyOffset: startOf(pair.key as Node), node: resolve(document, pair.value) };
}

function resolve(document: Document, node: unknown): Node | undefined {
  if (isAlias(node)) return node.resolve(document);
  return isMap(node) || isSeq(node) || isScalar(node) ? node : undefined;
}
