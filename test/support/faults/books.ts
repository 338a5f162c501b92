import { lakeLayout } from '../../../src/domain/lake-layout';
import { listSnapshots, readManifest } from '../../../src/lake/backups';
import { findDocument } from '../../../src/lake/documents';
import type { LedgerEntry } from '../../../src/lake/ledger';
import { readAlias } from '../../../src/lake/registry';
import type { TestStack } from '../millrace';

/** The ledger and the aliases of a pipeline, without what differs between two runs over the same data. */
export async function booksOf({ session }: TestStack, pipeline: string): Promise<object> {
  const { store, settings } = session;
  const bucket = settings.lakeBucket;
  const ledger: { readonly verdict?: string | undefined; readonly sha256?: string | undefined }[] = [];
  for await (const { key } of store.list(bucket, lakeLayout.ledgerPrefix(pipeline))) {
    const entry = (await findDocument<LedgerEntry>(store, { bucket, key }))?.value;
    const object = entry?.object;
    ledger.push({
      verdict: entry?.verdict,
      sha256: object && 'sha256' in object ? object.sha256 : undefined,
    });
  }
  // Keys are made of the pipeline's name, too.
  ledger.sort((left, right) => ((left.sha256 ?? '') < (right.sha256 ?? '') ? -1 : 1));
  const failed: string[] = [];
  for await (const { key } of store.list(bucket, lakeLayout.ledgerFailedPrefix(pipeline))) failed.push(key);
  const commits: string[] = [];
  for (const table of ['clean', 'features'] as const) {
    for await (const { key } of store.list(bucket, `${lakeLayout.table(pipeline, table)}/_delta_log/`))
      commits.push(`${table} ${key.slice(key.lastIndexOf('/') + 1)}`);
  }
  const candidate = (await readAlias(store, bucket, pipeline, 'candidate'))?.version;
  return { ledger, failed, commits, candidate };
}

/** How much the newest snapshot holds, without the books of single runs: a run that failed before has left some, too. */
export async function backedUp({ session }: TestStack, pipeline: string): Promise<object> {
  const { store, settings } = session;
  const snapshots = await listSnapshots(store, settings.backupBucket, pipeline);
  const newest = snapshots.at(-1)?.snapshot ?? '';
  const { value } = await readManifest(store, settings.backupBucket, pipeline, newest);
  const books = [`runs/${pipeline}/reports/`, `runs/${pipeline}/summaries/`];
  const kept = value.objects.filter(({ key }) => !books.some((prefix) => key.startsWith(prefix)));
  return { snapshots: snapshots.length, objects: kept.length };
}

/** Version of the model that the inference server says it serves. @throws Error while it serves none. */
export async function liveVersion({ session }: TestStack, pipeline: string): Promise<unknown> {
  const response = await fetch(new URL(`/predict/${pipeline}`, session.settings.serving.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ instances: [{ zone: 'north', km: 3, started: '2024-01-20T17:00:00Z', id: 1 }] }),
  });
  if (!response.ok) throw new Error(`No model answers [status=${response.status}]: ${await response.text()}`);
  const { modelVersion, predictions } = (await response.json()) as Record<string, unknown>;
  return { modelVersion, predictions };
}
