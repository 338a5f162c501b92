import {
  ListObjectVersionsCommand,
  type DeleteMarkerEntry,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectVersionSummary } from '../../ports/object-store';
import { toFailure } from './s3-errors';
import { bareEtag, versionFrom } from './s3-heads';

const PAGE_KEYS = 1000;

interface Markers {
  readonly KeyMarker?: string;
  readonly VersionIdMarker?: string;
}

/** All versions under a prefix, page by page; see {@link ObjectVersionSummary}. */
export async function* listObjectVersions(
  client: S3Client,
  bucket: string,
  prefix: string,
): AsyncIterable<ObjectVersionSummary> {
  let markers: Markers | undefined = {};
  let known: ReadonlySet<string> = new Set();
  while (markers) {
    const page: ListObjectVersionsCommandOutput = await readPage(client, bucket, prefix, markers);
    const entries = entriesOf(page);
    // versitygw repeats an entry where pages meet.
    const before = known;
    yield* entries.filter((entry) => !before.has(nameOf(entry)));
    known = new Set(entries.map(nameOf));
    markers = nextMarkers(page, markers);
  }
}

async function readPage(
  client: S3Client,
  bucket: string,
  prefix: string,
  markers: Markers,
): Promise<ListObjectVersionsCommandOutput> {
  try {
    return await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, MaxKeys: PAGE_KEYS, ...markers }),
    );
  } catch (error) {
    throw toFailure(error, 'list object versions', { bucket, key: prefix });
  }
}

/** Undefined at the end, and where a store goes round in circles. */
function nextMarkers(page: ListObjectVersionsCommandOutput, last: Markers): Markers | undefined {
  if (!page.IsTruncated || !page.NextKeyMarker) return undefined;
  const next: Markers = {
    KeyMarker: page.NextKeyMarker,
    ...(page.NextVersionIdMarker ? { VersionIdMarker: page.NextVersionIdMarker } : {}),
  };
  const moved = next.KeyMarker !== last.KeyMarker || next.VersionIdMarker !== last.VersionIdMarker;
  return moved ? next : undefined;
}

/** The answer keeps content and delete markers apart: joined by key, the order within each kept. */
function entriesOf({
  Versions = [],
  DeleteMarkers = [],
}: ListObjectVersionsCommandOutput): ObjectVersionSummary[] {
  const entries = [
    ...Versions.map((version) => summaryOf(version, false)),
    ...DeleteMarkers.map((marker) => summaryOf(marker, true)),
  ];
  return entries.sort((left, right) => Buffer.compare(Buffer.from(left.key), Buffer.from(right.key)));
}

function summaryOf(version: ObjectVersion & DeleteMarkerEntry, deleted: boolean): ObjectVersionSummary {
  return {
    key: version.Key ?? '',
    ...versionFrom(version.VersionId),
    etag: bareEtag(version.ETag),
    bytes: version.Size ?? 0,
    lastModified: wholeSeconds(version.LastModified ?? new Date(0)),
    deleted,
  };
}

/** HEAD answers in whole seconds, lists of some stores more exactly: times of both must compare. */
function wholeSeconds(date: Date): string {
  return new Date(Math.floor(date.getTime() / 1000) * 1000).toISOString();
}

function nameOf({ key, versionId }: ObjectVersionSummary): string {
  return `${key}\n${versionId ?? ''}`;
}
