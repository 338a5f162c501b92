import { open } from 'node:fs/promises';
import { parquetTreeSql, parquetTypesSql, typeProblem } from '../../sql/load-parquet';
import { compareNames } from './compare-names';
import { readingFile } from './reading-file';
import type { ReaderContext, SourceReader } from './source-reader';
import { UnreadableContent } from './unreadable-content';

const MAGIC = 'PAR1';
const ENCRYPTED = 'PARE';

/** The engine reads the files itself; here their schema is held against the contract. */
export function createParquetReader({ plan, session }: ReaderContext): SourceReader {
  return {
    check: async (file) => {
      await checkMagic(file.path);
      const tree = (await readingFile('Parquet', () =>
        session.rows(parquetTreeSql(file.path)),
      )) as unknown as readonly SchemaNode[];
      const { names, paths } = fieldsOf(tree);
      const wanted = plan.columns.map(({ name, path = name }) => path);
      const misnamed = compareNames(names, wanted) ?? missingPaths(paths, wanted);
      if (misnamed !== undefined) throw misfit(misnamed);
      const types = (await readingFile('Parquet', () =>
        session.rows(parquetTypesSql(plan, file.path)),
      )) as unknown as readonly { readonly type: string }[];
      const problems = plan.columns.flatMap((column, index) => {
        const found = typeProblem(column, types[index]?.type ?? '');
        return found === undefined ? [] : [`${column.path ?? column.name} ${found}`];
      });
      if (problems.length > 0) throw misfit(problems.join('; '));
      return { ...file, header: [] };
    },
    stage: ({ object, path }) => Promise.resolve({ object, path, header: [] }),
  };
}

function misfit(problem: string): UnreadableContent {
  return new UnreadableContent(`the schema does not fit the columns: ${problem}`);
}

async function checkMagic(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size === 0) throw new UnreadableContent('the file is empty');
    const wordAt = async (position: number): Promise<string> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, position);
      return buffer.toString('latin1', 0, bytesRead);
    };
    const start = await wordAt(0);
    if (start === ENCRYPTED) throw new UnreadableContent('the file is encrypted Parquet: decrypt it first');
    if (start !== MAGIC) throw new UnreadableContent('the file is no Parquet: it does not begin with PAR1');
    if (size < 12 || (await wordAt(size - MAGIC.length)) !== MAGIC) {
      throw new UnreadableContent('the Parquet file has no footer at its end: was the upload cut off?');
    }
  } finally {
    await file.close();
  }
}

interface SchemaNode {
  readonly name: string;
  readonly repetition: string | null;
  readonly children: number;
}

interface Fields {
  /** Of the top level. */
  readonly names: readonly string[];
  /** Of all levels that are reached by names alone: not through lists and maps. */
  readonly paths: ReadonlySet<string>;
}

function fieldsOf([root, ...nodes]: readonly SchemaNode[]): Fields {
  const names: string[] = [];
  const paths = new Set<string>();
  let next = 0;
  const visit = (count: number, prefix: string, isReachable: boolean): void => {
    for (let index = 0; index < count; index += 1) {
      const node = nodes[next];
      next += 1;
      if (!node) return;
      const path = `${prefix}${node.name}`;
      const isSingle = isReachable && node.repetition !== 'REPEATED';
      if (prefix === '') names.push(node.name);
      if (isSingle) paths.add(path);
      visit(node.children, `${path}.`, isSingle);
    }
  };
  visit(root?.children ?? 0, '', true);
  return { names, paths };
}

function missingPaths(paths: ReadonlySet<string>, wanted: readonly string[]): string | undefined {
  const missing = wanted.filter((path) => !paths.has(path));
  return missing.length === 0 ? undefined : `missing ${missing.join(', ')}`;
}
