import type { ObjectHint } from '../domain/intake';
import { landedObjects } from '../lake/landing-zone';
import { createLedger } from '../lake/ledger';
import type { CliSession } from './session';

/** Landed object versions that no run has processed, oldest first. */
export async function unprocessedObjects(
  session: CliSession,
  pipeline: string,
): Promise<readonly ObjectHint[]> {
  const { lakeBucket } = session.settings;
  const plan = await session.plans.load(pipeline, await session.plans.currentDigest(pipeline));
  const ledger = createLedger(session.store, lakeBucket);
  const hints: ObjectHint[] = [];
  for await (const location of landedObjects(session.store, lakeBucket, plan.source.prefix)) {
    const { bucket, key, versionId, etag, bytes } = await session.store.head(location);
    const version = versionId ? { versionId } : {};
    if (!(await ledger.find(pipeline, { bucket, key, etag, bytes, ...version })))
      hints.push({ bucket, key, ...version });
  }
  return hints;
}
