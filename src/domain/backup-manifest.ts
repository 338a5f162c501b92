/** One object of a snapshot. `versionId` pins what was copied where the lake's bucket is versioned. */
export interface BackupEntry {
  readonly key: string;
  readonly bytes: number;
  /** Hex SHA-256; also the object's name in the backup. */
  readonly sha256: string;
  /** ETag in the lake when it was copied: an unchanged one needs no second look. */
  readonly etag: string;
  readonly versionId?: string;
}

/** Written last; a snapshot without it does not exist. */
export interface BackupManifest {
  readonly formatVersion: 1;
  readonly pipeline: string;
  readonly lakeBucket: string;
  /** In key order. */
  readonly objects: readonly BackupEntry[];
}

/** `000012-1a2b3c4d`: order, and the start of the manifest's digest. */
export function snapshotName(sequence: number, contentDigest: string): string {
  return `${String(sequence).padStart(6, '0')}-${contentDigest.slice(0, 8)}`;
}

export function snapshotSequence(name: string): number {
  return Number.parseInt(name.slice(0, 6), 10);
}
