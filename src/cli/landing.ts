import type { BatchDocument } from '../contracts/activities/control';
import { objectVersionId, type SourceObject } from '../domain/artifact';
import { lakeLayout } from '../domain/lake-layout';
import { findDocument } from '../lake/documents';
import type { LandingZone } from '../lake/landing-zone';
import { createLedger, type Ledger } from '../lake/ledger';
import { unprocessedObjects } from '../lake/unprocessed';
import type { CliSession } from './session';

/** @throws PermanentFailure NotFound when no such pipeline was applied. */
export async function landingZoneOf(session: CliSession, pipeline: string): Promise<LandingZone> {
  const plan = await session.plans.load(pipeline, await session.plans.currentDigest(pipeline));
  return { bucket: session.settings.lakeBucket, prefix: plan.source.prefix };
}

/** Landed object versions that wait for a run, oldest first; those whose run failed are among them. */
export async function waitingObjects(
  session: CliSession,
  pipeline: string,
): Promise<readonly SourceObject[]> {
  const zone = await landingZoneOf(session, pipeline);
  return unprocessedObjects(session.store, ledgerOf(session), pipeline, zone);
}

export function ledgerOf({ store, settings }: CliSession): Ledger {
  return createLedger(store, settings.lakeBucket);
}

/** The object versions of these batches, each as its {@link objectVersionId}. */
export async function objectsOfBatches(
  { store, settings }: CliSession,
  pipeline: string,
  digests: readonly string[],
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const digest of digests) {
    const location = { bucket: settings.lakeBucket, key: lakeLayout.batch(pipeline, digest) };
    const document = await findDocument<BatchDocument>(store, location);
    for (const object of document?.value.objects ?? []) names.add(objectVersionId(object));
  }
  return names;
}
