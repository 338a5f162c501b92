/** One immutable object somebody published. References travel through workflows, bytes do not. */
export interface ArtifactRef {
  /** `s3://bucket/key` */
  readonly uri: string;
  /** Hex SHA-256 of the object's bytes. */
  readonly sha256: string;
  readonly bytes: number;
}

/** A landed object version: what the feed delivered. */
export interface SourceObject {
  readonly bucket: string;
  readonly key: string;
  /** Absent on stores without versioning; then the ETag tells versions apart. */
  readonly versionId?: string;
  readonly etag: string;
  readonly bytes: number;
  /** ISO 8601, the store's clock: which of two versions of a key is newer. */
  readonly lastModified: string;
  /** The batch that first rejected rows of it, in a replay. */
  readonly firstBatch?: string;
}

/** A source object with its content hash, as recorded in a batch manifest. */
export interface ManifestEntry extends SourceObject {
  readonly sha256: string;
}

export interface BatchManifest {
  readonly formatVersion: 1;
  readonly pipeline: string;
  readonly batchDigest: string;
  /** In processing order: later entries win over earlier ones. */
  readonly objects: readonly ManifestEntry[];
  readonly skipped: readonly SkippedObject[];
  /** Absent = all rows are the batch's own. */
  readonly replay?: ReplayScope;
  /** Digest of an earlier batch of the same objects that this one takes the place of. */
  readonly insteadOf?: string;
}

/** Which rows of a batch's objects a replay brings back. */
export interface ReplayScope {
  /** Digests of the batches that had rejected them. */
  readonly of: readonly string[];
  /**
   * Parquet `batch, source_uri, version_id, line`: the rows. Absent = all rows of all objects, for a batch that was
   * rejected whole.
   */
  readonly rows?: ArtifactRef;
  /**
   * Position of the corrected file among the batch's objects: its rows take the place of `rows`, the other objects
   * are only there to be judged along with it.
   */
  readonly correction?: number;
}

export interface SkippedObject extends SourceObject {
  /** `gone`: the version was deleted for good after its batch was closed. */
  readonly reason: 'too_small' | 'same_content' | 'gone';
}

/** Identity of an object version, stable for ever. */
export function objectVersionId(object: SourceObject): string {
  return `${object.bucket}/${object.key}@${object.versionId ?? object.etag}`;
}
