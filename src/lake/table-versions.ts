import type { VersionTime } from '../domain/vacuum';
import { PermanentFailure } from '../ports/failures';
import type { ObjectStore } from '../ports/object-store';
import type { CommitInfoAction, FileStatistics } from './delta/actions';
import { readEntry, readSnapshot } from './delta/log';
import { listVersionTimes } from './delta/needed-files';
import { replay, type LogEntry, type Snapshot } from './delta/snapshot';
import type { DeltaTable } from './delta/table';

export interface TableVersionSummary {
  readonly version: number;
  /** When it became visible: ISO 8601, the store's clock. */
  readonly time: string;
  readonly rows: number;
  readonly files: number;
  readonly bytes: number;
  readonly operation?: string;
  /** Run or batch and whatever else its writer said. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** The newest versions of a table, newest first. @throws PermanentFailure NotFound when there is no table. */
export async function listTableVersions(
  store: ObjectStore,
  table: DeltaTable,
  limit: number,
): Promise<readonly TableVersionSummary[]> {
  const times = await requireVersionTimes(store, table);
  const wanted = times.slice(-limit);
  const first = wanted[0]?.version ?? 0;
  let snapshot = first === 0 ? undefined : await readSnapshot(store, table, first - 1);
  const summaries: TableVersionSummary[] = [];
  for (const time of wanted) {
    const entry = await readEntry(store, table, time.version);
    snapshot = replay(snapshot, [entry]);
    if (snapshot) summaries.unshift(summaryOf(snapshot, entry, time));
  }
  return summaries;
}

/** One version of a table. @throws PermanentFailure NotFound when there is no such version. */
export async function describeTableVersion(
  store: ObjectStore,
  table: DeltaTable,
  version: number,
): Promise<TableVersionSummary & { readonly snapshot: Snapshot }> {
  const times = await requireVersionTimes(store, table);
  const snapshot = await readSnapshot(store, table, version);
  if (!snapshot) throw noTable(table);
  const entry = await readEntry(store, table, version);
  const time = times.find((each) => each.version === version) ?? { version, timeMs: 0 };
  return { ...summaryOf(snapshot, entry, time), snapshot };
}

/**
 * The version that a reader would have seen at a point in time.
 *
 * @throws PermanentFailure NotFound when there is no table, or was none yet.
 */
export async function versionAt(store: ObjectStore, table: DeltaTable, timeMs: number): Promise<number> {
  const times = await requireVersionTimes(store, table);
  const version = times.findLast((each) => each.timeMs <= timeMs)?.version;
  if (version !== undefined) return version;
  const first = new Date(times[0]?.timeMs ?? 0).toISOString();
  const message = `Table did not exist then: its first version is of ${first}`;
  throw new PermanentFailure('NotFound', message, { ...table, at: new Date(timeMs).toISOString() });
}

async function requireVersionTimes(store: ObjectStore, table: DeltaTable): Promise<readonly VersionTime[]> {
  const times = await listVersionTimes(store, table);
  if (times.length === 0) throw noTable(table);
  return times;
}

function noTable(table: DeltaTable): PermanentFailure {
  return new PermanentFailure('NotFound', 'No such table: the first run creates it', { ...table });
}

function summaryOf(
  { files }: Snapshot,
  { version, actions }: LogEntry,
  { timeMs }: VersionTime,
): TableVersionSummary {
  const live = [...files.values()];
  const info = actions.flatMap((action) => ('commitInfo' in action ? [action.commitInfo] : []))[0];
  return {
    version,
    time: new Date(timeMs).toISOString(),
    rows: live.reduce(
      (sum, { stats = '{"numRecords":0}' }) => sum + (JSON.parse(stats) as FileStatistics).numRecords,
      0,
    ),
    files: live.length,
    bytes: live.reduce((sum, { size }) => sum + size, 0),
    ...(info ? { operation: info.operation } : {}),
    parameters: parametersOf(info),
  };
}

/** Other engines leave them out, or put other things than texts there. */
function parametersOf(info: Partial<CommitInfoAction> | undefined): Readonly<Record<string, string>> {
  const entries = Object.entries<unknown>(info?.operationParameters ?? {});
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
