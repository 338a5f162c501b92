import type { Command } from 'commander';
import type { BatchDocument } from '../../contracts/activities/control';
import { lakeLayout } from '../../domain/lake-layout';
import { lineageGraph, type LineageBatch, type LineageGraph } from '../../domain/lineage';
import type { ModelVersionRecord } from '../../domain/model-version';
import { readDocument } from '../../lake/documents';
import { createLedger } from '../../lake/ledger';
import { listModelVersions, readAlias, readModelVersion } from '../../lake/registry';
import { batchesOfTable } from '../../lake/table-history';
import { commandAction, CommandError } from '../command';
import { EXIT_CODES } from '../exit-codes';
import type { Hint } from '../hint';
import type { CliSession } from '../session';

export function registerLineage(program: Command): void {
  program
    .command('lineage PIPELINE')
    .description('raw object versions → table version → model → endpoint')
    .option('--model <version>', 'a model version (default: the live one, else the newest)')
    .action(
      commandAction(async (session, _output, pipeline: string, options: { model?: string }) => {
        await session.plans.currentDigest(pipeline);
        const graph = await loadLineage(session, pipeline, options.model);
        return { document: { pipeline, ...graph }, text: describe(graph) };
      }),
    );
}

async function loadLineage(session: CliSession, pipeline: string, wanted?: string): Promise<LineageGraph> {
  const { store, settings } = session;
  const live = await readAlias(store, settings.lakeBucket, pipeline, 'champion');
  const record = await chooseModel(session, pipeline, wanted, live?.record);
  const digests = await batchesOfTable(
    store,
    settings.lakeBucket,
    pipeline,
    'clean',
    record.lineage.cleanVersion,
  );
  const batches = await Promise.all(digests.map((digest) => loadBatch(session, pipeline, digest)));
  const endpoint =
    live?.version === record.version ? `${settings.serving.url}/predict/${pipeline}` : undefined;
  return lineageGraph(record, batches, endpoint);
}

/** What a batch brought into the table, with hashes, from the ledger. */
async function loadBatch(
  { store, settings }: CliSession,
  pipeline: string,
  batchDigest: string,
): Promise<LineageBatch> {
  const ledger = createLedger(store, settings.lakeBucket);
  const location = { bucket: settings.lakeBucket, key: lakeLayout.batch(pipeline, batchDigest) };
  const { value } = await readDocument<BatchDocument>(store, location);
  const entries = await Promise.all(value.objects.map((object) => ledger.find(pipeline, object)));
  return {
    batchDigest,
    objects: entries.flatMap((entry) => {
      // What a replay brings in may have been rejected at first: the entry stays the first one.
      const isIn = entry?.verdict === 'accepted' || (value.replay && entry?.verdict === 'rejected');
      return isIn ? [entry.object] : [];
    }),
  };
}

async function chooseModel(
  { store, settings, hint }: CliSession,
  pipeline: string,
  wanted: string | undefined,
  live: ModelVersionRecord | undefined,
): Promise<ModelVersionRecord> {
  const version = Number(wanted?.replace(/^v/, ''));
  if (wanted !== undefined && !(version > 0)) {
    throw new CommandError(EXIT_CODES.usage, `--model must be a version such as 3 or v3, got ${wanted}`);
  }
  if (wanted !== undefined) return readModelVersion(store, settings.lakeBucket, pipeline, version);
  const newest = live ?? (await listModelVersions(store, settings.lakeBucket, pipeline)).at(-1)?.value;
  return newest ?? noModel(pipeline, hint);
}

function noModel(pipeline: string, hint: Hint): never {
  throw new CommandError(
    EXIT_CODES.notFound,
    `${pipeline} has no model yet: upload data first with \`${hint(`upload ${pipeline} FILE`)}\``,
  );
}

function describe({ nodes, edges }: LineageGraph): string {
  const labels = new Map(nodes.map(({ id, label }) => [id, label]));
  return edges.map(({ from, to }) => `${labels.get(from) ?? from}\n  → ${labels.get(to) ?? to}`).join('\n');
}
