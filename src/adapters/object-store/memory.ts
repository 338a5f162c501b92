import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { formatS3Uri, type ObjectLocation } from '../../domain/s3-uri';
import { PermanentFailure } from '../../ports/failures';
import type {
  CreateResult,
  ObjectHead,
  ObjectStore,
  ObjectSummary,
  ObjectVersionLocation,
  ObjectVersionSummary,
  PutBody,
} from '../../ports/object-store';
import { guardedBody } from './guarded-body';
import { assertSafeKey, assertWritableKey } from './safe-key';
import { storedContent, type StoredContent } from './stored-content';

export interface MemoryObjectStoreOptions {
  /** Buckets that keep versions. @default ['lake', 'backup'] */
  readonly buckets?: readonly string[];
  /** Buckets without versioning. @default [] */
  readonly plainBuckets?: readonly string[];
  /** @default Date.now */
  readonly nowMs?: () => number;
  /** An existing directory: what is put as a file is kept there, not in memory. */
  readonly filesDirectory?: string;
}

interface StoredObject {
  readonly head: ObjectHead;
  readonly content: StoredContent;
}

/** Every version of every object, oldest first; removing a versioned object only hides it. */
interface KeyState {
  readonly versions: readonly StoredObject[];
  readonly markers: readonly ObjectVersionSummary[];
  readonly current: StoredObject | undefined;
}

export interface MemoryObjectStore extends ObjectStore {
  /** Another store with the same content, versions included; from now on each goes its own way. */
  readonly fork: () => MemoryObjectStore;
}

/** An {@link ObjectStore} without a server: passes the same contract suite as the real ones, keeps all in memory. */
export function createMemoryObjectStore(options: MemoryObjectStoreOptions = {}): MemoryObjectStore {
  const { buckets = ['lake', 'backup'], plainBuckets = [] } = options;
  return storeOver(options, new Map([...buckets, ...plainBuckets].map((name) => [name, new Map()])));
}

type Contents = ReadonlyMap<string, Map<string, KeyState>>;

function storeOver(options: MemoryObjectStoreOptions, contents: Contents): MemoryObjectStore {
  const shelf = createShelf(options, contents);
  const load = (location: ObjectLocation, body: PutBody): Promise<StoredContent> => {
    assertWritableKey(location);
    return storedContent(location, body, options.filesDirectory);
  };
  const put = async (location: ObjectLocation, body: PutBody): Promise<ObjectHead> =>
    shelf.save(location, await load(location, body));
  return {
    head: (location) => settle(() => shelf.find(location).head),
    open: (location) => settle(() => openStored(shelf.find(location))),
    put,
    createIfAbsent: async (location, body) => {
      const content = await load(location, body);
      const standing = shelf.peek(location);
      return standing ? lost(standing) : { created: true, head: shelf.save(location, content) };
    },
    replaceIfMatch: async (location, body, etag) => {
      const content = await load(location, body);
      return shelf.peek(location)?.head.etag === etag ? shelf.save(location, content) : undefined;
    },
    copy: (from, to) =>
      settle(() => {
        assertWritableKey(to);
        return shelf.save(to, shelf.find(from).content);
      }),
    list: (bucket, prefix, startAfter) => listing(() => shelf.list(bucket, prefix, startAfter)),
    listVersions: (bucket, prefix) => listing(() => shelf.listVersions(bucket, prefix)),
    remove: (location) =>
      settle(() => {
        shelf.remove(location);
      }),
    fork: () => storeOver(options, new Map([...contents].map(([name, keys]) => [name, new Map(keys)]))),
  };
}

interface Shelf {
  readonly save: (location: ObjectLocation, content: StoredContent) => ObjectHead;
  readonly peek: (location: ObjectLocation) => StoredObject | undefined;
  readonly find: (location: ObjectVersionLocation) => StoredObject;
  readonly list: (bucket: string, prefix: string, startAfter?: string) => readonly ObjectSummary[];
  readonly listVersions: (bucket: string, prefix: string) => readonly ObjectVersionSummary[];
  readonly remove: (location: ObjectVersionLocation) => void;
}

function createShelf(options: MemoryObjectStoreOptions, contents: Contents): Shelf {
  const { buckets = ['lake', 'backup'], nowMs = Date.now } = options;
  const bucketOf = (bucket: string, key: string): Map<string, KeyState> => {
    const keys = contents.get(bucket);
    if (!keys) throw missing({ bucket, key });
    return keys;
  };
  const stateOf = ({ bucket, key }: ObjectLocation): KeyState | undefined => bucketOf(bucket, key).get(key);
  const save = (location: ObjectLocation, content: StoredContent): ObjectHead => {
    const keys = bucketOf(location.bucket, location.key);
    const versioned = buckets.includes(location.bucket);
    const stored = store(location, content, nowMs(), versioned);
    const { versions = [], markers = [] } = keys.get(location.key) ?? {};
    keys.set(location.key, {
      versions: versioned ? [...versions, stored] : [stored],
      markers,
      current: stored,
    });
    return stored.head;
  };
  const find = (location: ObjectVersionLocation): StoredObject => {
    assertSafeKey(location);
    const state = stateOf(location);
    const wanted = location.versionId;
    const found =
      wanted === undefined
        ? state?.current
        : state?.versions.find((version) => version.head.versionId === wanted);
    if (!found) throw missing(location);
    return found;
  };
  return {
    save,
    find,
    peek: (location) => stateOf(location)?.current,
    list: (bucket, prefix, startAfter) => summaries(bucketOf(bucket, prefix), prefix, startAfter),
    listVersions: (bucket, prefix) => versionSummaries(bucketOf(bucket, prefix), prefix),
    remove: (location) => {
      assertSafeKey(location);
      const { bucket, key } = location;
      const state = stateOf(location);
      if (!state) return;
      const next = buckets.includes(bucket) ? withMarker(state, key, nowMs()) : EMPTY;
      const { versionId } = location;
      bucketOf(bucket, key).set(key, versionId === undefined ? next : withoutVersion(state, versionId));
    },
  };
}

function compareKeys(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

const EMPTY: KeyState = { versions: [], markers: [], current: undefined };

function withMarker({ versions, markers, current }: KeyState, key: string, nowMs: number): KeyState {
  return { versions, markers: current ? [markerOf(key, nowMs), ...markers] : markers, current: undefined };
}

function withoutVersion(state: KeyState, versionId: string): KeyState {
  const gone = state.versions.find(({ head }) => head.versionId === versionId);
  const versions = state.versions.filter((version) => version !== gone);
  return { ...state, versions, current: gone && state.current === gone ? versions.at(-1) : state.current };
}

function under(keys: ReadonlyMap<string, KeyState>, prefix: string): readonly KeyState[] {
  return [...keys]
    .filter(([key]) => key.startsWith(prefix))
    .sort(([left], [right]) => compareKeys(left, right))
    .map(([, state]) => state);
}

function summaries(
  keys: ReadonlyMap<string, KeyState>,
  prefix: string,
  startAfter = '',
): readonly ObjectSummary[] {
  return under(keys, prefix)
    .flatMap(({ current }) => (current ? [summaryOf(current.head)] : []))
    .filter(({ key }) => startAfter === '' || compareKeys(key, startAfter) > 0);
}

function versionSummaries(
  keys: ReadonlyMap<string, KeyState>,
  prefix: string,
): readonly ObjectVersionSummary[] {
  return under(keys, prefix).flatMap(({ versions, markers }) => [
    ...versions.map(versionOf).toReversed(),
    ...markers,
  ]);
}

function store(
  location: ObjectLocation,
  content: StoredContent,
  nowMs: number,
  versioned: boolean,
): StoredObject {
  const { bytes, etag, sha256 } = content;
  const head: ObjectHead = {
    bucket: location.bucket,
    key: location.key,
    ...(versioned ? { versionId: randomUUID() } : {}),
    etag,
    bytes,
    lastModified: new Date(nowMs).toISOString(),
    sha256,
  };
  return { head, content };
}

function openStored({ head, content }: StoredObject): { readonly head: ObjectHead; readonly body: Readable } {
  const body = guardedBody(content.open(), (error) =>
    error instanceof Error ? error : new Error(String(error)),
  );
  return { head, body };
}

async function* listing<T>(load: () => readonly T[]): AsyncIterable<T> {
  yield* await settle(load);
}

function summaryOf({ key, etag, bytes, lastModified }: ObjectHead): ObjectSummary {
  return { key, etag, bytes, lastModified };
}

function versionOf({ head }: StoredObject): ObjectVersionSummary {
  return { ...summaryOf(head), ...(head.versionId ? { versionId: head.versionId } : {}), deleted: false };
}

function markerOf(key: string, nowMs: number): ObjectVersionSummary {
  const lastModified = new Date(nowMs).toISOString();
  return { key, versionId: randomUUID(), etag: '', bytes: 0, lastModified, deleted: true };
}

function lost({ head }: StoredObject): CreateResult {
  return { created: false, head };
}

function missing(location: ObjectVersionLocation): PermanentFailure {
  return new PermanentFailure('NotFound', 'Object or bucket not found', {
    uri: formatS3Uri(location),
    versionId: location.versionId,
  });
}

function settle<T>(call: () => T): Promise<T> {
  return Promise.resolve().then(call);
}
