export interface ObjectLocation {
  readonly bucket: string;
  readonly key: string;
}

export function formatS3Uri({ bucket, key }: ObjectLocation): string {
  return `s3://${bucket}/${key}`;
}

/** @throws RangeError unless `uri` is `s3://bucket/key` with a key. */
export function parseS3Uri(uri: string): ObjectLocation {
  const match = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri);
  if (!match?.[1] || !match[2]) {
    throw new RangeError(`Not an S3 object URI [uri=${uri}]: expected s3://bucket/key`);
  }
  return { bucket: match[1], key: match[2] };
}
