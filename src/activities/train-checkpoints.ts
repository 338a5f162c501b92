import { mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { lakeLayout } from '../domain/lake-layout';
import { fileBody, hashingDownload } from '../lake/streams';
import type { StageDependencies } from './stage-dependencies';

export interface CheckpointSync {
  /** Brings what earlier attempts left, on whatever machine they ran. */
  readonly restore: () => Promise<void>;
  /** Starts uploading what is new; uploads follow one another. */
  readonly upload: () => void;
  /** Waits for started uploads and throws the first failure. */
  readonly settled: () => Promise<void>;
}

/** Keeps the trainer's checkpoint directory and the lake in step; the trainer itself checks each file's hash. */
export function createCheckpointSync(
  deps: Pick<StageDependencies, 'store' | 'lakeBucket'>,
  pipeline: string,
  trainDigest: string,
  directory: string,
): CheckpointSync {
  const prefix = lakeLayout.checkpoints(pipeline, trainDigest);
  const uploaded = new Set<string>();
  let uploads: Promise<void> = Promise.resolve();

  const uploadNew = async (): Promise<void> => {
    // Model before description: a description in the lake means that its model is there too.
    const names = (await readdir(directory)).filter((name) => /^round-\d+\.(ubj|json)$/.test(name));
    for (const name of names.sort((a, b) => Number(a.endsWith('.json')) - Number(b.endsWith('.json')))) {
      if (uploaded.has(name)) continue;
      const location = { bucket: deps.lakeBucket, key: `${prefix}${name}` };
      await deps.store.createIfAbsent(location, await fileBody(join(directory, name)));
      uploaded.add(name);
    }
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
    upload: () => {
      uploads = uploads.then(uploadNew);
      // Reported by settled(); without this Node would end on an unhandled rejection before that.
      uploads.catch(() => undefined);
    },
    settled: () => uploads,
  };
}
