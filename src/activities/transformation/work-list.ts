import type { ArtifactRef } from '../../domain/artifact';
import { canonicalJson } from '../../domain/canonical-json';
import { lakeLayout, type TableName } from '../../domain/lake-layout';
import type { Period } from '../../domain/period';
import { formatS3Uri, parseS3Uri, type ObjectLocation } from '../../domain/s3-uri';
import type { RunRef } from '../../domain/stage';
import { isReliable } from '../../lake/delta/publish-data-file';
import { digestOf, sha256Hex } from '../../lake/digest';
import { findDocument, readDocument } from '../../lake/documents';
import { mapConcurrent } from '../../lake/map-concurrent';
import { PermanentFailure } from '../../ports/failures';
import type { StageDependencies } from '../stage-dependencies';
import type { PeriodRows } from './group-periods';
import type { DonePeriod } from './merge-group';

/** What a batch's clean commit came to, for those who finish the features. */
export interface MergedBatch {
  /** Of the clean table. */
  readonly version: number;
  readonly keys: number;
  readonly deletes: number;
}

/** Partitions that a batch has to change, in groups that are worked on apart from each other. */
export interface WorkList {
  readonly formatVersion: 1;
  /** Digest of everything that goes into the stage. */
  readonly stage: string;
  /** Workflow id of a run that asked for fresh work. */
  readonly fresh?: string;
  readonly table: Extract<TableName, 'clean' | 'features'>;
  /** Versions that the groups are made from; absent = there was no such table. */
  readonly clean?: number;
  readonly tombstones?: number;
  readonly groups: readonly (readonly Period[])[];
  /** All of the batch. */
  readonly accepted: readonly PeriodRows[];
  /** Absent while the clean table is worked on. */
  readonly merged?: MergedBatch;
  /** URI of the list before this one, whose parts did not do. */
  readonly after?: string;
}

/** What an activity leaves of a group. */
export interface PartDocument {
  readonly formatVersion: 1;
  readonly periods: readonly DonePeriod[];
}

/** A list with what became of its groups. */
export interface Part {
  readonly list: WorkList;
  readonly periods: readonly DonePeriod[];
}

type LakeAccess = Pick<StageDependencies, 'store' | 'lakeBucket'>;

/** Equal lists are one document. One that lies there from long ago is put again, so that no vacuum takes it away. */
export async function publishWorkList(
  { store, lakeBucket }: LakeAccess,
  { pipeline }: Pick<RunRef, 'pipeline'>,
  list: WorkList,
): Promise<ArtifactRef> {
  const bytes = Buffer.from(canonicalJson(list));
  const sha256 = sha256Hex(bytes);
  const location = { bucket: lakeBucket, key: lakeLayout.transformWork(pipeline, sha256) };
  const { head } = await store.createIfAbsent(location, { kind: 'bytes', bytes });
  if (!isReliable(head)) await store.put(location, { kind: 'bytes', bytes });
  return { uri: formatS3Uri(location), sha256, bytes: bytes.byteLength };
}

/** @throws PermanentFailure NotFound, IntegrityError */
export async function readWorkList({ store }: LakeAccess, work: ArtifactRef): Promise<WorkList> {
  const { ref, value } = await readDocument<WorkList>(store, parseS3Uri(work.uri));
  if (ref.sha256 === work.sha256) return value;
  const message = 'Work list was changed since it was published: run the batch again';
  throw new PermanentFailure('IntegrityError', message, {
    uri: work.uri,
    expected: work.sha256,
    got: ref.sha256,
  });
}

export function partLocation(
  { lakeBucket }: Pick<LakeAccess, 'lakeBucket'>,
  pipeline: string,
  listDigest: string,
  group: number,
): ObjectLocation {
  return { bucket: lakeBucket, key: lakeLayout.transformPart(pipeline, listDigest, group) };
}

const READ_LANES = 16;

/** What became of a list's groups and of those of the lists before it, oldest first; what is lost is made again. */
export async function readParts(
  deps: LakeAccess,
  pipeline: string,
  list: WorkList,
): Promise<readonly Part[]> {
  const digest = digestOf(list);
  const parts = await mapConcurrent([...list.groups.keys()], READ_LANES, async (group) => {
    const location = partLocation(deps, pipeline, digest, group);
    const found = await findDocument<PartDocument>(deps.store, location);
    return { list, periods: found?.value.periods ?? [] };
  });
  if (list.after === undefined) return parts;
  const before = await findDocument<WorkList>(deps.store, parseS3Uri(list.after));
  return before ? [...(await readParts(deps, pipeline, before.value)), ...parts] : parts;
}
