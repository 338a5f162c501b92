import type { JsonValue } from '../../domain/canonical-json';
import { canonicalJson } from '../../domain/canonical-json';
import { PermanentFailure } from '../../ports/failures';
import type { Action, AddAction, CommitInfoAction, MetadataAction, RemoveAction } from './actions';
import { toAddAction, type DataFile } from './data-file';
import { withNullColumns } from './file-statistics';
import { compareSchemas, schemaString } from './schema';
import type { Snapshot } from './snapshot';
import { DEFAULT_PARTITION_COLUMNS, tableId, type DeltaTable, type TableDefinition } from './table';
import { sha256OfAdd } from './table-version';

/** What a commit does to the table's files. */
export interface FileChanges {
  readonly add: readonly DataFile[];
  /** Paths of live files. */
  readonly remove: readonly string[];
  /** False when the added files hold just the rows of the removed ones. @default true */
  readonly dataChange?: boolean;
}

/** What a commit says besides its files. */
export interface CommitDescription {
  /** Absent = the table's own, which then has to exist. */
  readonly definition?: TableDefinition;
  /**
   * Work that must be committed once: a repetition with the same (or a lower) version is recognised. Absent for work
   * that has nothing left to do when it was done, such as compaction.
   */
  readonly transaction?: { readonly appId: string; readonly version: number };
  /** Milliseconds since 1970; take it from the work, not from the clock, to get equal bytes again. */
  readonly timestampMs: number;
  /** Shown in the table's history, for example `WRITE`. */
  readonly operation: string;
  /** Shown in the table's history. */
  readonly parameters?: Readonly<Record<string, JsonValue>>;
}

/**
 * The actions of the next commit, in a fixed order. Pure: equal arguments give equal bytes.
 *
 * A file that is live already with the same content is neither added nor removed. Columns may be added at any time; a
 * schema that the old files do not fit is accepted only when the commit replaces all of them.
 *
 * @throws PermanentFailure('SchemaConflict'), ('InvalidInput') for paths that are unknown, doubled or misplaced,
 *   ('IntegrityError') for a live path with other content.
 */
export function planCommit(
  table: DeltaTable,
  snapshot: Snapshot | undefined,
  description: CommitDescription,
  changes: FileChanges,
): readonly Action[] {
  const { add, remove } = effectiveChanges(snapshot, description, changes);
  if (snapshot) requireWritable(table, snapshot, remove.length > 0);
  const removed = new Set(remove.map(({ path }) => path));
  const kept = [...(snapshot?.files.values() ?? [])].filter(({ path }) => !removed.has(path));
  const { metadata, added } = metadataChange(table, snapshot, description, kept.length);
  const { transaction, timestampMs } = description;
  return [
    { commitInfo: commitInfo(description, remove.length === 0) },
    ...(snapshot ? [] : [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }]),
    ...metadata.map((metaData) => ({ metaData })),
    ...(transaction ? [{ txn: { ...transaction, lastUpdated: timestampMs } }] : []),
    ...remove.map((action) => ({ remove: action })),
    ...[...add, ...kept.flatMap((file) => restated(file, added))].map((action) => ({ add: action })),
  ];
}

/** A kept file again, when its statistics have to speak of columns that are new; its rows are what they were. */
function restated(file: AddAction, added: readonly string[]): readonly AddAction[] {
  const stats = added.length === 0 ? undefined : withNullColumns(file.stats, added);
  return stats === undefined ? [] : [{ ...file, dataChange: false, stats }];
}

/** What the protocol's writer version 2 lets a table forbid. @throws PermanentFailure('SchemaConflict') */
function requireWritable(table: DeltaTable, { metadata }: Snapshot, isRemoving: boolean): void {
  const fields = { ...table };
  if (isRemoving && metadata.configuration['delta.appendOnly'] === 'true') {
    const message = 'Table is append-only (delta.appendOnly): its files cannot be replaced';
    throw new PermanentFailure('SchemaConflict', message, fields);
  }
  if (metadata.schemaString.includes('delta.invariants')) {
    const message =
      'Table has column invariants (delta.invariants), which are not checked here: write it elsewhere';
    throw new PermanentFailure('SchemaConflict', message, fields);
  }
}

function effectiveChanges(
  snapshot: Snapshot | undefined,
  { definition, timestampMs }: CommitDescription,
  changes: FileChanges,
): { readonly add: readonly AddAction[]; readonly remove: readonly RemoveAction[] } {
  requireDistinct(changes);
  const files: Snapshot['files'] = snapshot?.files ?? new Map<string, AddAction>();
  // Paths hold the content's hash: adding one that is live means that the partition did not change.
  const unchanged = new Set(changes.add.filter((file) => isLive(files, file)).map(({ path }) => path));
  const columns = snapshot?.metadata.partitionColumns ?? partitionColumnsOf(definition);
  const { dataChange = true } = changes;
  return {
    add: changes.add
      .filter(({ path }) => !unchanged.has(path))
      .map((file) => ({ ...toAddAction(file, columns, timestampMs), dataChange }))
      .sort(byPath),
    remove: changes.remove
      .filter((path) => !unchanged.has(path))
      .map((path) => ({ ...toRemoveAction(files, path, timestampMs), dataChange }))
      .sort(byPath),
  };
}

function requireDistinct({ add, remove }: FileChanges): void {
  for (const paths of [add.map(({ path }) => path), remove]) {
    const seen = new Set<string>();
    for (const path of paths) {
      if (seen.has(path))
        throw new PermanentFailure('InvalidInput', 'File is named twice in a commit', { path });
      seen.add(path);
    }
  }
}

function isLive(files: Snapshot['files'], file: DataFile): boolean {
  const live = files.get(file.path);
  if (!live) return false;
  if (sha256OfAdd(live) === file.sha256) return true;
  const message = `Live file would change in place: expected sha256 ${sha256OfAdd(live)}, got ${file.sha256}`;
  throw new PermanentFailure('IntegrityError', message, { path: file.path });
}

function toRemoveAction(files: Snapshot['files'], path: string, timestampMs: number): RemoveAction {
  const live = files.get(path);
  if (!live) throw new PermanentFailure('InvalidInput', 'File to remove is not in the table', { path });
  return {
    path,
    deletionTimestamp: timestampMs,
    dataChange: true,
    extendedFileMetadata: true,
    partitionValues: live.partitionValues,
    size: live.size,
    ...(live.tags ? { tags: live.tags } : {}),
  };
}

function metadataChange(
  table: DeltaTable,
  snapshot: Snapshot | undefined,
  { definition, timestampMs }: CommitDescription,
  keptFiles: number,
): MetadataChange {
  if (!definition) {
    if (snapshot) return { metadata: [], added: [] };
    throw new PermanentFailure('InvalidInput', 'Table does not exist: only its pipeline creates it', {
      ...table,
    });
  }
  const partitionColumns = partitionColumnsOf(definition);
  const schema = schemaString(definition.columns, partitionColumns);
  if (!snapshot) {
    const metadata = [firstMetadata(table, definition.name, schema, partitionColumns, timestampMs)];
    return { metadata, added: [] };
  }
  const { metadata } = snapshot;
  requirePartitions(table, snapshot, definition);
  const comparison = compareSchemas(metadata.schemaString, schema);
  switch (comparison.kind) {
    case 'equal':
      return { metadata: [], added: [] };
    case 'widened':
      return { metadata: [{ ...metadata, schemaString: comparison.schema }], added: comparison.added };
    case 'conflicting':
      if (keptFiles > 0) throw schemaConflict(table, comparison.diff.join(', '));
      return { metadata: [{ ...metadata, schemaString: schema }], added: [] };
  }
}

/** @throws PermanentFailure('SchemaConflict') when the table is partitioned otherwise. */
export function requirePartitions(
  table: DeltaTable,
  snapshot: Snapshot | undefined,
  definition: TableDefinition | undefined,
): void {
  if (!snapshot || !definition) return;
  const [expected, got] = [snapshot.metadata.partitionColumns, partitionColumnsOf(definition)];
  if (expected.join() === got.join()) return;
  const message =
    'Table has other partitions than the pipeline, and they stay as the table began: ' +
    `expected ${expected.join('/')}, got ${got.join('/')}; set layout.partitionBy back, or start another pipeline`;
  throw new PermanentFailure('SchemaConflict', message, { ...table });
}

interface MetadataChange {
  /** One or none. */
  readonly metadata: readonly MetadataAction[];
  /** Columns that files of the table lack from now on. */
  readonly added: readonly string[];
}

function firstMetadata(
  table: DeltaTable,
  name: string,
  schema: string,
  partitionColumns: readonly string[],
  timestampMs: number,
): MetadataAction {
  return {
    id: tableId(table),
    name,
    format: { provider: 'parquet', options: {} },
    schemaString: schema,
    partitionColumns,
    configuration: {},
    createdTime: timestampMs,
  };
}

function commitInfo(
  { operation, parameters = {}, timestampMs }: CommitDescription,
  isBlindAppend: boolean,
): CommitInfoAction {
  const shown = Object.entries(parameters).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : canonicalJson(value),
  ]);
  return {
    timestamp: timestampMs,
    operation,
    operationParameters: Object.fromEntries(shown) as Readonly<Record<string, string>>,
    engineInfo: 'Millrace',
    isBlindAppend,
  };
}

function schemaConflict(table: DeltaTable, problem: string): PermanentFailure {
  const message = `Table schema conflicts with the pipeline: ${problem}; only new columns may come to a table with rows (- gone, ~ changed, + new): keep the old ones, or start another pipeline`;
  return new PermanentFailure('SchemaConflict', message, { ...table });
}

function partitionColumnsOf(definition: TableDefinition | undefined): readonly string[] {
  return definition?.partitionColumns ?? DEFAULT_PARTITION_COLUMNS;
}

function byPath(left: { readonly path: string }, right: { readonly path: string }): number {
  return left.path < right.path ? -1 : 1;
}
