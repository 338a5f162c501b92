import type { GetObjectCommandOutput, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { ObjectLocation } from '../../domain/s3-uri';
import type { ObjectHead } from '../../ports/object-store';

type S3Head = HeadObjectCommandOutput | GetObjectCommandOutput;

/** What HEAD and GET say about an object. */
export function headFrom(location: ObjectLocation, answer: S3Head): ObjectHead {
  return {
    bucket: location.bucket,
    key: location.key,
    ...versionFrom(answer.VersionId),
    etag: bareEtag(answer.ETag),
    bytes: answer.ContentLength ?? 0,
    lastModified: (answer.LastModified ?? new Date(0)).toISOString(),
    ...sha256From(answer.ChecksumSHA256),
  };
}

/** Buckets without versioning answer nothing, or the literal `null`. */
export function versionFrom(versionId: string | undefined): { readonly versionId?: string } {
  return versionId === undefined || versionId === 'null' ? {} : { versionId };
}

/** ETags travel in quotes; ours are kept without. */
export function bareEtag(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '');
}

/** `<base64>-<parts>` is a hash of hashes, not the object's: such a value is dropped. */
function sha256From(base64: string | undefined): { readonly sha256?: string } {
  if (base64 === undefined || base64.includes('-')) return {};
  return { sha256: Buffer.from(base64, 'base64').toString('hex') };
}
