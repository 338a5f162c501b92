import { lakeLayout, type ModelAlias } from '../domain/lake-layout';
import type { ModelVersionRecord } from '../domain/model-version';
import { PermanentFailure, TransientFailure } from '../ports/failures';
import type { ObjectStore } from '../ports/object-store';
import { createDocument, findDocument, swapDocument, type StoredDocument } from './documents';

interface AliasDocument {
  readonly version: number;
}

const versionLocation = (
  bucket: string,
  pipeline: string,
  version: number,
): { readonly bucket: string; readonly key: string } => ({
  bucket,
  key: lakeLayout.modelVersion(pipeline, version),
});

/** @throws PermanentFailure NotFound */
export async function readModelVersion(
  store: ObjectStore,
  bucket: string,
  pipeline: string,
  version: number,
): Promise<ModelVersionRecord> {
  const document = await findDocument<ModelVersionRecord>(store, versionLocation(bucket, pipeline, version));
  if (!document) throw new PermanentFailure('NotFound', 'No such model version', { pipeline, version });
  return document.value;
}

/** All versions of a pipeline's model, oldest first. */
export async function listModelVersions(
  store: ObjectStore,
  bucket: string,
  pipeline: string,
): Promise<readonly StoredDocument<ModelVersionRecord>[]> {
  const records: StoredDocument<ModelVersionRecord>[] = [];
  for await (const { key } of store.list(bucket, lakeLayout.modelVersionsPrefix(pipeline))) {
    const record = await findDocument<ModelVersionRecord>(store, { bucket, key });
    if (record) records.push(record);
  }
  return records;
}

/**
 * Creates the next version, or returns the one that this training already has: registering is idempotent by
 * `trainDigest`. Two racers take different numbers, none is overwritten.
 */
export async function createModelVersion(
  store: ObjectStore,
  bucket: string,
  record: Omit<ModelVersionRecord, 'version'>,
): Promise<StoredDocument<ModelVersionRecord> & { readonly created: boolean }> {
  const versions = await listModelVersions(store, bucket, record.pipeline);
  const own = versions.find(({ value }) => value.trainDigest === record.trainDigest);
  if (own) return { ...own, created: false };
  const version = (versions.at(-1)?.value.version ?? 0) + 1;
  const location = versionLocation(bucket, record.pipeline, version);
  const result = await createDocument<ModelVersionRecord>(store, location, { ...record, version });
  if (result.value.trainDigest !== record.trainDigest) {
    throw new TransientFailure('CommitConflict', 'Another run registered this version number first', {
      pipeline: record.pipeline,
      version,
    });
  }
  return result;
}

export interface AliasTarget {
  readonly version: number;
  readonly record: ModelVersionRecord;
}

export async function readAlias(
  store: ObjectStore,
  bucket: string,
  pipeline: string,
  alias: ModelAlias,
): Promise<AliasTarget | undefined> {
  const location = { bucket, key: lakeLayout.modelAlias(pipeline, alias) };
  const version = (await findDocument<AliasDocument>(store, location))?.value.version;
  if (!version) return undefined;
  return { version, record: await readModelVersion(store, bucket, pipeline, version) };
}

/**
 * Points an alias at a version (0 = at none) by compare-and-swap. Pointing it where it already points is a no-op.
 *
 * @param expected version that the alias must still point at (0 = at none); absent = any
 * @throws TransientFailure CommitConflict when another writer moved it first.
 */
export async function swapAlias(
  store: ObjectStore,
  bucket: string,
  pipeline: string,
  alias: ModelAlias,
  version: number,
  expected?: number,
): Promise<void> {
  const location = { bucket, key: lakeLayout.modelAlias(pipeline, alias) };
  const standing = await findDocument<AliasDocument>(store, location);
  const found = standing?.value.version ?? 0;
  if (found === version) return;
  const isExpected = expected === undefined || found === expected;
  if (isExpected && (await swapDocument(store, location, { version }, standing?.etag))) return;
  throw new TransientFailure('CommitConflict', 'Another writer moved the alias first', {
    pipeline,
    alias,
    version,
    expected,
    found,
  });
}
