import { type Finding, formatPath, type SpecPath } from './finding';
import { isStructure, valueAt, type RawSource } from './raw-values';
import type { SpecProblem } from './spec-problem';
import { readYaml, type YamlSource } from './yaml-source';

/** Text of a file beside the pipeline file; `undefined` when it cannot be read. */
export type ReadBeside = (path: string) => string | undefined;

/** A pipeline file together with its contract, wherever that stands: one tree of data, paths begin at the pipeline. */
export interface SpecSource extends RawSource {
  readonly syntaxProblems: readonly SpecProblem[];
  readonly readable: boolean;
  readonly findings: readonly Finding[];
  readonly toProblem: (finding: Finding) => SpecProblem;
}

const CONTRACT = 'contract';

/**
 * Reads a pipeline file, and the contract that it names.
 *
 * @param fileName only for messages
 */
export function readSpecSource(text: string, fileName: string, readBeside: ReadBeside): SpecSource {
  const main = readYaml(text);
  const named = valueAt(main.raw, [CONTRACT]);
  if (typeof named !== 'string') return sourceOf({ main, fileName }, withoutForeign(main.raw), []);
  const contractText = readBeside(named);
  if (contractText === undefined) return sourceOf({ main, fileName }, main.raw, [unreadable(named)]);
  const contract = readYaml(contractText);
  const raw = { ...(main.raw as object), [CONTRACT]: contract.raw };
  return sourceOf({ main, fileName, contract, contractFile: named }, withoutForeign(raw), []);
}

function unreadable(named: string): Finding {
  return {
    path: [CONTRACT],
    at: 'value',
    message: 'the contract cannot be read',
    expected: 'the path of a YAML file, from the folder of this file on',
    got: `"${named}"`,
  };
}

interface Files {
  readonly main: YamlSource;
  readonly fileName: string;
  /** Absent when the contract is in the pipeline file. */
  readonly contract?: YamlSource;
  readonly contractFile?: string;
}

function sourceOf(files: Files, raw: unknown, findings: readonly Finding[]): SpecSource {
  const { main, fileName, contract, contractFile = '' } = files;
  const inContract = (path: SpecPath): boolean => contract !== undefined && path[0] === CONTRACT;
  return {
    raw,
    findings,
    readable: main.readable && (contract?.readable ?? true),
    syntaxProblems: [
      ...main.syntaxProblems.map((problem) => ({ file: fileName, path: '', ...problem })),
      ...(contract?.syntaxProblems ?? []).map((problem) => ({ file: contractFile, path: '', ...problem })),
    ],
    writtenAt: (path) => (inContract(path) ? contract?.writtenAt(path.slice(1)) : main.writtenAt(path)),
    toProblem: ({ path, at, ...said }) => {
      if (!contract || !inContract(path)) {
        return { file: fileName, ...main.locate(path, at), path: formatPath(path), ...said };
      }
      const own = path.slice(1);
      return { file: contractFile, ...contract.locate(own, at), path: formatPath(own), ...said };
    },
  };
}

/** Checks of other engines may look like anything: their content is not ours to judge. */
function withoutForeign(raw: unknown): unknown {
  const contract = valueAt(raw, [CONTRACT]);
  if (!isStructure(contract)) return raw;
  const cleaned = structuredClone(contract);
  removeForeign(cleaned);
  return { ...(raw as object), [CONTRACT]: cleaned };
}

function removeForeign(node: unknown): void {
  if (!isStructure(node)) return;
  const item = node as Record<string, unknown>;
  if (typeof item['engine'] === 'string' && item['engine'] !== 'millrace') delete item['implementation'];
  for (const child of Object.values(item)) removeForeign(child);
}
