import { lakeLayout, type TableName } from '../domain/lake-layout';
import type { ObjectStore } from '../ports/object-store';
import { readBytes } from './streams';

const MAX_COMMIT_BYTES = 64 * 1024 * 1024;

/** Digests of the batches that made a table up to and with `version`, in commit order (from the `txn` actions). */
export async function batchesOfTable(
  store: ObjectStore,
  bucket: string,
  pipeline: string,
  table: TableName,
  version: number,
): Promise<readonly string[]> {
  const prefix = `${lakeLayout.table(pipeline, table)}/_delta_log/`;
  const digests: string[] = [];
  for await (const { key } of store.list(bucket, prefix)) {
    const commit = /(\d{20})\.json$/.exec(key)?.[1];
    if (commit === undefined || Number(commit) > version) continue;
    const { bytes } = await readBytes(store, { bucket, key }, MAX_COMMIT_BYTES);
    digests.push(...Buffer.from(bytes).toString('utf8').split('\n').flatMap(batchDigestOf));
  }
  return digests;
}

function batchDigestOf(line: string): readonly string[] {
  if (line === '') return [];
  const { txn } = JSON.parse(line) as { readonly txn?: { readonly appId: string } };
  const digest = /^millrace\/[^/]+\/([0-9a-f]+)\//.exec(txn?.appId ?? '')?.[1];
  return digest === undefined ? [] : [digest];
}
