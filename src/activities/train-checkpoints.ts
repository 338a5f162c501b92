import { mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { lakeLayout } from '../domain/lake-layout';
import { hashingDownload } from '../lake/streams';
import type { StageDependencies } from './stage-dependencies';

export interface CheckpointSync {
  /** Brings what earlier attempts left, on whatever machine they ran. */
  readonly restore: () => Promise<void>;
  /** Starts uploading what is new; uploads follow one another. */
  readonly upload: () => void;
  /** Uploads what is left and waits for it. Never throws: a checkpoint only saves time. */
  readonly flush: () => Promise<void>;
}

export interface CheckpointOptions {
  readonly pipeline: string;
  readonly trainDigest: string;
  /** Where the trainer writes them. */
  readonly directory: string;
  /** Told of each upload that failed; the next upload tries again. */
  readonly onError?: (error: unknown) => void;
}

/** Keeps the trainer's checkpoint directory and the lake in step; the trainer itself checks each file's hash. */
export function createCheckpointSync(
  deps: Pick<StageDependencies, 'store' | 'lakeBucket'>,
  { pipeline, trainDigest, directory, onError = () => undefined }: CheckpointOptions,
): CheckpointSync {
  const prefix = lakeLayout.checkpoints(pipeline, trainDigest);
  const uploaded = new Set<string>();
  let uploads: Promise<void> = Promise.resolve();

  const uploadFile = async (name: string): Promise<void> => {
    if (uploaded.has(name)) return;
    const location = { bucket: deps.lakeBucket, key: `${prefix}${name}` };
    // Read whole: the trainer removes old checkpoints, and a file that vanishes while it is streamed leaves the store
    // waiting for the rest until its idle timeout.
    await deps.store.createIfAbsent(location, {
      kind: 'bytes',
      bytes: await readFile(join(directory, name)),
    });
    uploaded.add(name);
  };
  const uploadRound = async (round: string): Promise<void> => {
    try {
      // Model before description: a description in the lake means that its model is there too.
      await uploadFile(`${round}.ubj`);
      await uploadFile(`${round}.json`);
    } catch (error) {
      // The trainer keeps only its newest checkpoints.
      if (!isMissingFile(error)) onError(error);
    }
  };
  const upload = (): void => {
    uploads = uploads.then(async () => {
      for (const round of await describedRounds(directory)) await uploadRound(round);
    });
  };

  return {
    restore: async () => {
      await mkdir(directory, { recursive: true });
      for await (const { key } of deps.store.list(deps.lakeBucket, prefix)) {
        const name = basename(key);
        await hashingDownload(deps.store, { bucket: deps.lakeBucket, key }, join(directory, name));
        uploaded.add(name);
      }
    },
    upload,
    flush: () => {
      upload();
      return uploads;
    },
  };
}

/** Rounds whose checkpoint is complete, oldest first: the description is written last. */
async function describedRounds(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.flatMap((name) => /^(round-\d+)\.json$/.exec(name)?.[1] ?? []).sort();
}

/** A store wraps what reading the file threw. */
function isMissingFile(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (error as NodeJS.ErrnoException).code === 'ENOENT' || isMissingFile(error.cause);
}
