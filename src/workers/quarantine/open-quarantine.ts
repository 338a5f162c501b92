import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDuckDbEngine } from '../../adapters/query-engine/duckdb';
import type { Settings } from '../../config/settings';
import type { BatchDocument } from '../../contracts/activities/control';
import type { ArtifactRef, SourceObject } from '../../domain/artifact';
import { lakeLayout } from '../../domain/lake-layout';
import type { BatchOutcome } from '../../domain/replay';
import { formatS3Uri, parseS3Uri } from '../../domain/s3-uri';
import { readDocument } from '../../lake/documents';
import { createLedger } from '../../lake/ledger';
import { mapConcurrent } from '../../lake/map-concurrent';
import { claimState, readOutcomes, readReplays, type ReplayRecord } from '../../lake/replays';
import { hashingDownload } from '../../lake/streams';
import type { ObjectStore } from '../../ports/object-store';
import type { QuerySession } from '../../ports/query-engine';
import { quarantinedViewSql, type StandingClaim, type StandingQuestion } from '../../sql/quarantine-standing';

export interface QuarantineLake {
  readonly settings: Pick<Settings, 'engine' | 'lakeBucket'>;
  readonly store: ObjectStore;
  readonly pipeline: string;
}

/** A batch that has rejected rows, or was rejected whole. */
export interface QuarantineBatch {
  readonly batch: string;
  /** Absent while its run is under way or failed. */
  readonly outcome?: BatchOutcome;
  /** `s3://…` of its rejected rows. */
  readonly rowsUri?: string;
}

/** A look at the quarantine of one pipeline, with local copies and an engine; close it. */
export interface Quarantine {
  readonly lake: QuarantineLake;
  readonly session: QuerySession;
  readonly directory: string;
  /** Objects with a local file, by URI. */
  readonly copies: Map<string, string>;
  readonly replays: readonly ReplayRecord[];
  readonly outcomes: ReadonlyMap<string, BatchOutcome>;
  readonly batches: readonly QuarantineBatch[];
  readonly close: () => Promise<void>;
}

export async function openQuarantine(lake: QuarantineLake): Promise<Quarantine> {
  const { settings, store, pipeline } = lake;
  const place = { store, lakeBucket: settings.lakeBucket, pipeline };
  // The log first: what is claimed after this is refused when we claim it ourselves.
  const replays = await readReplays(place);
  const outcomes = await readOutcomes(place);
  const batches = await listBatches(lake, outcomes);
  const directory = await mkdtemp(join(tmpdir(), 'millrace-quarantine-'));
  const session = await createDuckDbEngine().open({ ...settings.engine, directory });
  return {
    lake,
    session,
    directory,
    copies: new Map(),
    replays,
    outcomes,
    batches,
    close: async () => {
      await session.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Opens the quarantine for `work` and closes it afterwards. */
export async function withQuarantine<T>(
  lake: QuarantineLake,
  work: (quarantine: Quarantine) => Promise<T>,
): Promise<T> {
  const quarantine = await openQuarantine(lake);
  try {
    return await work(quarantine);
  } finally {
    await quarantine.close();
  }
}

/** In the order of their digests. A finished batch counts as its outcome says, whatever lies beside it. */
async function listBatches(
  { store, settings, pipeline }: QuarantineLake,
  outcomes: ReadonlyMap<string, BatchOutcome>,
): Promise<readonly QuarantineBatch[]> {
  const found = new Map<string, QuarantineBatch>();
  for await (const { key } of store.list(settings.lakeBucket, lakeLayout.quarantinePrefix(pipeline))) {
    const batch = /batch=([0-9a-f]+)\//.exec(key)?.[1];
    if (batch === undefined) continue;
    const outcome = outcomes.get(batch);
    if (outcome) {
      const rowsUri = outcome.quarantine?.uri;
      found.set(batch, { batch, outcome, ...(rowsUri === undefined ? {} : { rowsUri }) });
    } else if (key.endsWith('.parquet')) {
      found.set(batch, { batch, rowsUri: formatS3Uri({ bucket: settings.lakeBucket, key }) });
    }
  }
  return [...found.values()].filter(
    ({ rowsUri, outcome }) => rowsUri !== undefined || outcome?.verdict === 'rejected',
  );
}

/** Replays that have rows of the batch, or had and brought them in. */
export function claimsOn({ replays, outcomes }: Quarantine, batch: string): readonly ReplayRecord[] {
  return replays.filter(
    (record) => record.replay.of.includes(batch) && claimState(record, outcomes) !== 'void',
  );
}

/**
 * Makes the view `quarantined` of one batch with rejected rows.
 *
 * @param includeSuperseded rows of files with a newer accepted version count as open
 */
export async function viewBatch(
  quarantine: Quarantine,
  { batch, outcome, rowsUri }: QuarantineBatch & { readonly rowsUri: string },
  includeSuperseded = false,
): Promise<void> {
  const claims: StandingClaim[] = [];
  for (const record of claimsOn(quarantine, batch)) claims.push(await standingClaim(quarantine, record));
  const isUnclaimed = claims.length === 0 || claims.some(({ rowsPath }) => rowsPath !== undefined);
  const superseded =
    isUnclaimed && outcome && !includeSuperseded ? await supersededObjects(quarantine.lake, batch) : [];
  const question: StandingQuestion = {
    batch,
    path: await localCopy(quarantine, rowsUri),
    claims,
    otherwise: standingOtherwise(quarantine, outcome),
    superseded: superseded.map((object) => ({
      uri: formatS3Uri(object),
      version: object.versionId ?? object.etag,
    })),
  };
  await quarantine.session.execute(quarantinedViewSql(question));
}

function standingOtherwise(
  quarantine: Quarantine,
  outcome: BatchOutcome | undefined,
): StandingQuestion['otherwise'] {
  if (!outcome) return 'pending';
  if (isReplaced(quarantine, outcome)) return 'superseded';
  return isRejectedReplay(outcome) ? 'repeated' : 'open';
}

/** The same files were judged anew in a later batch, by a backfill: what was rejected then stands there. */
export function isReplaced({ outcomes }: Quarantine, { batchDigest }: BatchOutcome): boolean {
  return [...outcomes.values()].some(
    ({ insteadOf, verdict }) => insteadOf === batchDigest && verdict === 'accepted',
  );
}

export function isRejectedReplay({ verdict, replay }: BatchOutcome): boolean {
  return replay !== undefined && verdict === 'rejected';
}

async function standingClaim(quarantine: Quarantine, record: ReplayRecord): Promise<StandingClaim> {
  const { rows, correction } = record.replay;
  const state = claimState(record, quarantine.outcomes) === 'accepted' ? 'accepted' : 'replaying';
  const returned =
    correction === undefined ? quarantine.outcomes.get(record.batchDigest)?.quarantine : undefined;
  return {
    state,
    ...(rows ? { rowsPath: await localCopy(quarantine, rows.uri, rows) } : {}),
    ...(returned ? { returnedPath: await localCopy(quarantine, returned.uri, returned) } : {}),
  };
}

/** A local file of an object, downloaded once. */
async function localCopy(
  { lake, directory, copies }: Quarantine,
  uri: string,
  expected?: Pick<ArtifactRef, 'sha256'>,
): Promise<string> {
  const standing = copies.get(uri);
  if (standing !== undefined) return standing;
  const path = join(directory, `copy-${copies.size}.parquet`);
  await hashingDownload(
    lake.store,
    parseS3Uri(uri),
    path,
    expected ? { expectedSha256: expected.sha256 } : {},
  );
  copies.set(uri, path);
  return path;
}

export async function batchObjects(
  { store, settings, pipeline }: QuarantineLake,
  batch: string,
): Promise<BatchDocument> {
  const location = { bucket: settings.lakeBucket, key: lakeLayout.batch(pipeline, batch) };
  return (await readDocument<BatchDocument>(store, location)).value;
}

const LOOK_UP_LANES = 8;

/** Objects of the batch of which a newer version was accepted. */
export async function supersededObjects(
  lake: QuarantineLake,
  batch: string,
): Promise<readonly SourceObject[]> {
  const ledger = createLedger(lake.store, lake.settings.lakeBucket);
  const { objects } = await batchObjects(lake, batch);
  const flags = await mapConcurrent(objects, LOOK_UP_LANES, (object) =>
    ledger.isSuperseded(lake.pipeline, object),
  );
  return objects.filter((_object, index) => flags[index]);
}

/** Whether a batch whose digest starts with `batch` has rejected rows, or was rejected whole. */
export async function hasQuarantine(
  { store, settings, pipeline }: QuarantineLake,
  batch: string,
): Promise<boolean> {
  const prefix = `${lakeLayout.quarantinePrefix(pipeline)}batch=${batch}`;
  for await (const { key } of store.list(settings.lakeBucket, prefix)) if (key !== '') return true;
  return false;
}
