import { PermanentFailure } from '../../ports/failures';
import type {
  Action,
  AddAction,
  MetadataAction,
  ProtocolAction,
  RemoveAction,
  TransactionAction,
} from './actions';

/** A table as of one version. */
export interface Snapshot {
  readonly version: number;
  readonly protocol: ProtocolAction;
  readonly metadata: MetadataAction;
  /** Live files by path. */
  readonly files: ReadonlyMap<string, AddAction>;
  /** Removed files by path; a checkpoint forgets old ones. */
  readonly tombstones: ReadonlyMap<string, RemoveAction>;
  /** Highest committed transaction version of each application. */
  readonly transactions: ReadonlyMap<string, number>;
  /**
   * Table version in which each application's highest transaction was committed; unknown (absent) when only another
   * engine's checkpoint tells of it.
   */
  readonly transactionCommits: ReadonlyMap<string, number>;
  /** Version of the checkpoint that it was read from; absent = from the first commit on. */
  readonly checkpointVersion?: number;
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
  return finished(draft);
}

/** The table as a checkpoint's actions tell it. Failures: those of {@link replay}. */
export function fromCheckpoint(version: number, actions: readonly Action[]): Snapshot {
  const draft = draftFrom(undefined);
  draft.version = version;
  for (const action of actions) applyAction(draft, action, undefined);
  return { ...finished(draft), checkpointVersion: version };
}

function finished({ metadata, protocol, ...rest }: Draft): Snapshot {
  if (metadata && protocol) return { ...rest, metadata, protocol };
  throw new PermanentFailure('IntegrityError', 'Delta log has no metaData or no protocol action');
}

type Draft = Omit<Snapshot, 'version' | 'metadata' | 'protocol' | 'checkpointVersion'> & {
  version: number;
  metadata: MetadataAction | undefined;
  protocol: ProtocolAction | undefined;
  readonly files: Map<string, AddAction>;
  readonly tombstones: Map<string, RemoveAction>;
  readonly transactions: Map<string, number>;
  readonly transactionCommits: Map<string, number>;
};

function draftFrom(base: Snapshot | undefined): Draft {
  return {
    ...base,
    version: base?.version ?? -1,
    metadata: base?.metadata,
    protocol: base?.protocol,
    files: new Map(base?.files),
    tombstones: new Map(base?.tombstones),
    transactions: new Map(base?.transactions),
    transactionCommits: new Map(base?.transactionCommits),
  };
}

function applyEntry(draft: Draft, { version, actions }: LogEntry): void {
  if (version !== draft.version + 1) {
    const message = `Delta log has a gap: expected version ${draft.version + 1}, got ${version}; restore the table`;
    throw new PermanentFailure('IntegrityError', message);
  }
  draft.version = version;
  for (const action of actions) applyAction(draft, action, version);
}

/** @param committedIn undefined = the action is a checkpoint's */
function applyAction(draft: Draft, action: Action, committedIn: number | undefined): void {
  if ('add' in action) applyAdd(draft, action.add);
  else if ('remove' in action) applyRemove(draft, action.remove);
  else if ('txn' in action) applyTransaction(draft, action.txn, committedIn ?? action.txn.committedIn);
  else if ('metaData' in action) draft.metadata = action.metaData;
  else if ('protocol' in action) draft.protocol = requireKnownProtocol(action.protocol);
  // Other actions (commitInfo, cdc, domainMetadata) do not change which rows a table at this protocol has.
}

function applyAdd({ files, tombstones }: Draft, add: AddAction): void {
  files.set(add.path, add);
  tombstones.delete(add.path);
}

function applyRemove({ files, tombstones }: Draft, remove: RemoveAction): void {
  files.delete(remove.path);
  tombstones.set(remove.path, remove);
}

function applyTransaction(
  { transactions, transactionCommits }: Draft,
  { appId, version }: TransactionAction,
  committedIn: number | undefined,
): void {
  transactions.set(appId, version);
  if (committedIn !== undefined) transactionCommits.set(appId, committedIn);
}

function requireKnownProtocol(protocol: ProtocolAction): ProtocolAction {
  const { minReaderVersion, minWriterVersion, readerFeatures = [], writerFeatures = [] } = protocol;
  if (minReaderVersion <= MAX_READER_VERSION && minWriterVersion <= MAX_WRITER_VERSION) return protocol;
  const named = [...new Set([...readerFeatures, ...writerFeatures])].sort();
  const asked = [...(named.length > 0 ? named : legacyFeatures(protocol))].join(', ');
  throw new PermanentFailure(
    'SchemaConflict',
    `Delta table uses features that Millrace does not know: ${asked}; rewrite it without them, restore it, or point the ` +
      'pipeline elsewhere',
    { minReaderVersion, minWriterVersion, known: `${MAX_READER_VERSION}/${MAX_WRITER_VERSION}` },
  );
}

/** Before they had names, features came with version numbers. */
function legacyFeatures({ minReaderVersion, minWriterVersion }: ProtocolAction): readonly string[] {
  return [
    ...(minWriterVersion >= 3 ? ['checkConstraints'] : []),
    ...(minWriterVersion >= 4 ? ['changeDataFeed', 'generatedColumns'] : []),
    ...(minReaderVersion >= 2 || minWriterVersion >= 5 ? ['columnMapping'] : []),
    ...(minWriterVersion >= 6 ? ['identityColumns'] : []),
  ];
}
