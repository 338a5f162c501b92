import type { ArtifactRef } from '../../domain/artifact';
import type { PipelinePlan } from '../../domain/plan';
import type { ObjectLocation } from '../../domain/s3-uri';
import { createDocument } from '../../lake/documents';
import type { QuerySession } from '../../ports/query-engine';
import { fileSource } from '../../sql/profile';
import { LINE } from '../../sql/staging-names';
import { profileRows } from '../profiling/profile-rows';
import type { StageDependencies } from '../stage-dependencies';

/** Of a rejected batch all rows that could be read are profiled: their values show what is wrong with it. */
const READABLE_ROWS = { relation: 'parsed', rowNumber: LINE };

/**
 * Publishes what the rows of a batch look like.
 *
 * @param acceptedPath local file with the accepted rows; undefined when the batch is rejected
 */
export async function publishProfile(
  { store, signal }: StageDependencies,
  session: QuerySession,
  plan: PipelinePlan,
  location: ObjectLocation,
  acceptedPath: string | undefined,
): Promise<ArtifactRef> {
  const columns = plan.columns.map(({ name, type }) => ({ name, column: name, type }));
  const source = acceptedPath === undefined ? READABLE_ROWS : fileSource([acceptedPath]);
  const profile = await profileRows(session, columns, source, signal());
  return (await createDocument(store, location, profile)).ref;
}
