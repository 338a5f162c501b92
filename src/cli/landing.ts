import type { BatchDocument } from '../contracts/activities/control';
import type { ObjectHint } from '../domain/intake';
import { lakeLayout } from '../domain/lake-layout';
import { formatS3Uri } from '../domain/s3-uri';
import { findDocument } from '../lake/documents';
import { landedObjects } from '../lake/landing-zone';
import { createLedger } from '../lake/ledger';
import type { ObjectHead } from '../ports/object-store';
import type { CliSession } from './session';

/** Landed object versions that no run has processed, oldest first. */
export async function unprocessedObjects(
  session: CliSession,
  pipeline: string,
): Promise<readonly ObjectHint[]> {
  const { lakeBucket } = session.settings;
  const plan = await session.plans.load(pipeline, await session.plans.currentDigest(pipeline));
  const hints: ObjectHint[] = [];
  for await (const location of landedObjects(session.store, lakeBucket, plan.source.prefix)) {
    const head = await session.store.head(location);
    if (await isUnprocessed(session, pipeline, head)) hints.push(hintOf(head));
  }
  return hints;
}

export async function isUnprocessed(
  { store, settings }: CliSession,
  pipeline: string,
  head: ObjectHead,
): Promise<boolean> {
  const { etag, bytes, lastModified } = head;
  const object = { ...hintOf(head), etag, bytes, lastModified };
  return (await createLedger(store, settings.lakeBucket).standing(pipeline, object)) === 'new';
}

export function hintOf({ bucket, key, versionId }: ObjectHead): ObjectHint {
  return { bucket, key, ...(versionId ? { versionId } : {}) };
}

/** The object versions of these batches, each as {@link versionName}. */
export async function objectsOfBatches(
  { store, settings }: CliSession,
  pipeline: string,
  digests: readonly string[],
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const digest of digests) {
    const location = { bucket: settings.lakeBucket, key: lakeLayout.batch(pipeline, digest) };
    const document = await findDocument<BatchDocument>(store, location);
    for (const object of document?.value.objects ?? []) names.add(versionName(object));
  }
  return names;
}

export function versionName(object: ObjectHint): string {
  return `${formatS3Uri(object)} ${object.versionId ?? ''}`;
}
