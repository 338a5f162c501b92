import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readBytes } from '../../src/lake/streams';
import type { ObjectStore, ObjectVersionLocation, PutBody } from '../../src/ports/object-store';

/** An empty store with two buckets. */
export interface ObjectStoreSubject {
  readonly store: ObjectStore;
  /** Keeps versions. */
  readonly versionedBucket: string;
  readonly plainBucket: string;
  readonly stop: () => Promise<void>;
}

export const RACERS = 20;

export function text(content: string): PutBody {
  return { kind: 'bytes', bytes: Buffer.from(content) };
}

export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** What the tests of the contract share; usable only inside a test. */
export interface ContractHarness {
  readonly store: ObjectStore;
  readonly bucket: string;
  readonly subject: ObjectStoreSubject;
  /** A scratch folder. */
  readonly folder: string;
  /** A location nobody used before, in a folder of its own. */
  readonly fresh: (key?: string) => { bucket: string; key: string };
  readonly freshPrefix: () => string;
  readonly contentOf: (location: ObjectVersionLocation) => Promise<string>;
  readonly listAll: (prefix: string, inBucket?: string, startAfter?: string) => Promise<readonly string[]>;
  readonly fileWith: (content: Uint8Array) => Promise<string>;
}

/** Registers set-up and tear-down in the surrounding `describe`. */
export function useHarness(create: () => Promise<ObjectStoreSubject>): ContractHarness {
  let subject: ObjectStoreSubject;
  let folder: string;
  let counter = 0;
  beforeAll(async () => {
    subject = await create();
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-contract-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await subject.stop();
  });
  const freshPrefix = (): string => `t${counter++}/`;
  return {
    get store() {
      return subject.store;
    },
    get bucket() {
      return subject.versionedBucket;
    },
    get subject() {
      return subject;
    },
    get folder() {
      return folder;
    },
    freshPrefix,
    fresh: (key = 'object') => ({ bucket: subject.versionedBucket, key: freshPrefix() + key }),
    contentOf: async (location) =>
      Buffer.from((await readBytes(subject.store, location, 1 << 20)).bytes).toString(),
    listAll: async (prefix, inBucket = subject.versionedBucket, startAfter) => {
      const keys: string[] = [];
      for await (const { key } of subject.store.list(inBucket, prefix, startAfter)) keys.push(key);
      return keys;
    },
    fileWith: async (content) => {
      const file = path.join(folder, `f${counter++}`);
      await writeFile(file, content);
      return file;
    },
  };
}
