import type { BackupEntry } from '../domain/backup-manifest';
import { backupLayout } from '../domain/lake-layout';
import { formatS3Uri, type ObjectLocation } from '../domain/s3-uri';
import { rehash } from '../lake/backups';
import { PermanentFailure } from '../ports/failures';
import type { ObjectStore } from '../ports/object-store';

export interface VaultDependencies {
  readonly store: ObjectStore;
  readonly lakeBucket: string;
  readonly backupBucket: string;
  /** Aborting ends the reading of a large object, too. */
  readonly signal: () => AbortSignal;
}

export interface VaultContents {
  /** Bytes of what lies in the backup, by key. */
  readonly held: ReadonlyMap<string, number>;
  /** SHA-256 of what an earlier snapshot read back. */
  readonly verified: ReadonlySet<string>;
}

export interface VaultCounts {
  readonly copiedObjects: number;
  /** Read back and hashed, copied just now or found. */
  readonly verifiedObjects: number;
}

/** The content-addressed objects of a backup. */
export interface BackupVault {
  /**
   * Makes sure that the entry's content lies in the backup and was read back; equal content is kept once.
   * @throws PermanentFailure IntegrityError when the lake's object is not what the entry says; NotFound.
   */
  readonly keep: (entry: BackupEntry) => Promise<void>;
  readonly counts: () => VaultCounts;
}

export function createBackupVault(
  deps: VaultDependencies,
  pipeline: string,
  { held, verified }: VaultContents,
): BackupVault {
  const kept = new Map<string, Promise<void>>();
  let copiedObjects = 0;
  let verifiedObjects = 0;

  const keepContent = async (entry: BackupEntry): Promise<void> => {
    const target = { bucket: deps.backupBucket, key: backupLayout.object(pipeline, entry.sha256) };
    if (held.get(target.key) === entry.bytes) {
      if (verified.has(entry.sha256)) return;
      // An earlier attempt's copy. One that is damaged is copied anew.
      verifiedObjects += 1;
      if ((await hashAt(deps, target)) === entry.sha256) return;
    }
    await copy(deps, entry, target);
    copiedObjects += 1;
    verifiedObjects += 1;
    const got = await hashAt(deps, target);
    if (got !== entry.sha256) throw damaged(deps, entry, target, got);
  };

  return {
    keep: (entry) => {
      const standing = kept.get(entry.sha256);
      if (standing) return standing;
      const keeping = keepContent(entry);
      kept.set(entry.sha256, keeping);
      // Another object may hold this content undamaged.
      keeping.catch(() => kept.delete(entry.sha256));
      return keeping;
    },
    counts: () => ({ copiedObjects, verifiedObjects }),
  };
}

async function copy(deps: VaultDependencies, entry: BackupEntry, target: ObjectLocation): Promise<void> {
  const { key, versionId } = entry;
  await deps.store.copy({ bucket: deps.lakeBucket, key, ...(versionId ? { versionId } : {}) }, target);
}

/** undefined = the store itself found it damaged. */
async function hashAt(
  { store, signal }: VaultDependencies,
  target: ObjectLocation,
): Promise<string | undefined> {
  try {
    return (await rehash(store, target, signal())).sha256;
  } catch (error) {
    if (error instanceof PermanentFailure && error.code === 'IntegrityError') return undefined;
    throw error;
  }
}

function damaged(
  { lakeBucket }: VaultDependencies,
  { key, sha256 }: BackupEntry,
  target: ObjectLocation,
  got: string | undefined,
): PermanentFailure {
  return new PermanentFailure(
    'IntegrityError',
    'Backup copy differs from the original: the lake object may be damaged',
    { source: formatS3Uri({ bucket: lakeBucket, key }), copy: formatS3Uri(target), expected: sha256, got },
  );
}
