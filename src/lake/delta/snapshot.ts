import { PermanentFailure } from '../../ports/failures';
import type { Action, AddAction, MetadataAction, ProtocolAction, TransactionAction } from './actions';

/** A table as of one version. */
export interface Snapshot {
  readonly version: number;
  readonly metadata: MetadataAction;
  /** Live files by path. */
  readonly files: ReadonlyMap<string, AddAction>;
  /** Highest committed transaction version of each application. */
  readonly transactions: ReadonlyMap<string, number>;
  /** Table version in which each application's highest transaction was committed. */
  readonly transactionCommits: ReadonlyMap<string, number>;
  /** Milliseconds since 1970 of each table version, from its commitInfo. */
  readonly timestamps: ReadonlyMap<number, number>;
}

export interface LogEntry {
  readonly version: number;
  readonly actions: readonly Action[];
}

const MAX_READER_VERSION = 1;
const MAX_WRITER_VERSION = 2;

/**
 * Replays commits, oldest first, upon `base` (undefined = nothing yet).
 *
 * @throws PermanentFailure('IntegrityError') for a gap or a log without metadata; ('SchemaConflict') for a table
 *   that asks for a newer protocol than we know.
 */
export function replay(base: Snapshot | undefined, entries: readonly LogEntry[]): Snapshot | undefined {
  if (entries.length === 0) return base;
  const draft = draftFrom(base);
  for (const entry of entries) applyEntry(draft, entry);
  const { metadata, ...rest } = draft;
  if (!metadata) throw new PermanentFailure('IntegrityError', 'Delta log has no metaData action');
  return { ...rest, metadata };
}

interface Draft {
  version: number;
  metadata: MetadataAction | undefined;
  readonly files: Map<string, AddAction>;
  readonly transactions: Map<string, number>;
  readonly transactionCommits: Map<string, number>;
  readonly timestamps: Map<number, number>;
}

function draftFrom(base: Snapshot | undefined): Draft {
  return {
    version: base?.version ?? -1,
    metadata: base?.metadata,
    files: new Map(base?.files),
    transactions: new Map(base?.transactions),
    transactionCommits: new Map(base?.transactionCommits),
    timestamps: new Map(base?.timestamps),
  };
}

function applyEntry(draft: Draft, { version, actions }: LogEntry): void {
  if (version !== draft.version + 1) {
    const message = `Delta log has a gap: expected version ${draft.version + 1}, got ${version}; restore the table`;
    throw new PermanentFailure('IntegrityError', message);
  }
  draft.version = version;
  for (const action of actions) applyAction(draft, action);
}

function applyAction(draft: Draft, action: Action): void {
  if ('add' in action) draft.files.set(action.add.path, action.add);
  else if ('remove' in action) draft.files.delete(action.remove.path);
  else if ('txn' in action) applyTransaction(draft, action.txn);
  else if ('metaData' in action) draft.metadata = action.metaData;
  else if ('protocol' in action) requireKnownProtocol(action.protocol);
  else if ('commitInfo' in action) draft.timestamps.set(draft.version, action.commitInfo.timestamp);
  // Other actions (cdc, domainMetadata) do not change which rows a table at this protocol has.
}

function applyTransaction(draft: Draft, { appId, version }: TransactionAction): void {
  draft.transactions.set(appId, version);
  draft.transactionCommits.set(appId, draft.version);
}

function requireKnownProtocol({ minReaderVersion, minWriterVersion }: ProtocolAction): void {
  if (minReaderVersion <= MAX_READER_VERSION && minWriterVersion <= MAX_WRITER_VERSION) return;
  throw new PermanentFailure(
    'SchemaConflict',
    'Delta table asks for a newer protocol: another engine upgraded it; restore the table or point the pipeline elsewhere',
    { minReaderVersion, minWriterVersion, known: `${MAX_READER_VERSION}/${MAX_WRITER_VERSION}` },
  );
}
