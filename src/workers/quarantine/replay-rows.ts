import { join } from 'node:path';
import { objectVersionId, type ReplayScope, type SourceObject } from '../../domain/artifact';
import { lakeLayout } from '../../domain/lake-layout';
import { publishFile } from '../../lake/artifacts';
import { createLedger } from '../../lake/ledger';
import { claimReplay, type ReplayRecord } from '../../lake/replays';
import { sha256OfFile } from '../../lake/streams';
import { PermanentFailure, TransientFailure } from '../../ports/failures';
import { PARQUET_OPTIONS } from '../../sql/parquet';
import { text } from '../../sql/quote';
import { standingOfWhole } from './list-quarantine';
import {
  batchObjects,
  supersededObjects,
  viewBatch,
  withQuarantine,
  type Quarantine,
  type QuarantineBatch,
  type QuarantineLake,
} from './open-quarantine';

export interface ReplayWish {
  /** Start of a batch digest; empty = all batches. */
  readonly batch: string;
  /** Also rows of files of which a newer version was accepted. */
  readonly includeSuperseded: boolean;
  /** A file that takes the place of what is out of the one wished batch; it lies in the lake already. */
  readonly correction?: SourceObject;
  /** Most bytes of source files in one replay, but at least one batch. */
  readonly maxBytes: number;
}

/** What can be replayed next. */
export interface ReplayOffer {
  readonly batches: readonly {
    readonly batch: string;
    /** undefined = the whole batch, which was rejected. */
    readonly rows?: number;
  }[];
  /** More than this is open: it comes in the next replay. */
  readonly more: boolean;
}

const MAX_TRIES = 20;

/**
 * Claims the next replay, and writes its batch. Of racers that wish the same rows one gets them, the others find
 * nothing open any more, or the equal claim.
 *
 * @param dryRun only says what it would claim
 * @returns undefined when nothing is open
 */
export async function claimNextReplay(
  lake: QuarantineLake,
  wish: ReplayWish,
  dryRun: boolean,
): Promise<{ readonly offer: ReplayOffer; readonly record?: ReplayRecord } | undefined> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const claimed = await withQuarantine(lake, (quarantine) => tryToClaim(quarantine, wish, dryRun));
    if (claimed !== 'lost') return claimed;
  }
  throw new TransientFailure('CommitConflict', 'Other replays were faster again and again: try later', {
    pipeline: lake.pipeline,
  });
}

async function tryToClaim(
  quarantine: Quarantine,
  wish: ReplayWish,
  dryRun: boolean,
): Promise<{ readonly offer: ReplayOffer; readonly record?: ReplayRecord } | 'lost' | undefined> {
  const { lake, replays } = quarantine;
  const open = await openBatches(quarantine, wish);
  const [first] = open;
  if (!first) return undefined;
  if (wish.correction && open.length > 1) throw ambiguous(wish.batch, open);
  const chosen = await chooseBatches(lake, open, wish.maxBytes);
  const offer: ReplayOffer = {
    batches: chosen.map(({ batch, rows }) => ({ batch, ...(rows === undefined ? {} : { rows }) })),
    more: chosen.length < open.length,
  };
  if (dryRun) return { offer };
  const isWhole = first.rows === undefined;
  const objects =
    isWhole && wish.correction ? [] : await objectsOf(lake, chosen, isWhole && !wish.includeSuperseded);
  const place = { store: lake.store, lakeBucket: lake.settings.lakeBucket, pipeline: lake.pipeline };
  const corrected = wish.correction ? [{ ...wish.correction, firstBatch: first.batch }] : [];
  const scope: ReplayScope = {
    of: chosen.map(({ batch }) => batch),
    ...(isWhole ? {} : { rows: await publishSelection(quarantine, chosen, wish.includeSuperseded) }),
    ...(!isWhole && wish.correction ? { correction: objects.length } : {}),
  };
  const record = await claimReplay(place, replays.length + 1, [...objects, ...corrected], scope);
  return record ? { offer, record } : 'lost';
}

function ambiguous(batch: string, open: readonly OpenBatch[]): PermanentFailure {
  const found = open.map((item) => item.batch.slice(0, 16)).join(', ');
  return new PermanentFailure(
    'InvalidInput',
    `A corrected file is for one batch: give more of its digest, got ${found}`,
    { batch },
  );
}

interface OpenBatch extends QuarantineBatch {
  /** Open rows; undefined = the whole batch. */
  readonly rows?: number;
}

/** Whole batches and single rows are never in one replay. Whole batches come first. */
async function openBatches(quarantine: Quarantine, wish: ReplayWish): Promise<readonly OpenBatch[]> {
  const whole: OpenBatch[] = [];
  const parts: OpenBatch[] = [];
  for (const batch of quarantine.batches) {
    if (!batch.batch.startsWith(wish.batch) || !batch.outcome) continue;
    if (batch.outcome.verdict === 'rejected') {
      const standing = await standingOfWhole(quarantine, batch);
      if (standing === 'open' || (standing === 'superseded' && wish.includeSuperseded)) whole.push(batch);
    } else if (batch.rowsUri !== undefined) {
      await viewBatch(quarantine, { ...batch, rowsUri: batch.rowsUri }, wish.includeSuperseded);
      const [row] = await quarantine.session.rows(
        `SELECT count(*) AS rows FROM quarantined WHERE standing = 'open'`,
      );
      const rows = row?.['rows'] as number;
      if (rows > 0) parts.push({ ...batch, rows });
    }
  }
  return whole.length > 0 ? whole : parts;
}

/** As many as fit into one run. */
async function chooseBatches(
  lake: QuarantineLake,
  open: readonly OpenBatch[],
  maxBytes: number,
): Promise<readonly OpenBatch[]> {
  const chosen: OpenBatch[] = [];
  let bytes = 0;
  for (const batch of open) {
    const { objects } = await batchObjects(lake, batch.batch);
    bytes += objects.reduce((sum, object) => sum + object.bytes, 0);
    if (chosen.length > 0 && bytes > maxBytes) break;
    chosen.push(batch);
  }
  return chosen;
}

/** The files of these batches, each version once, oldest first as they landed; what was skipped stays so. */
async function objectsOf(
  lake: QuarantineLake,
  batches: readonly OpenBatch[],
  leaveSuperseded: boolean,
): Promise<readonly SourceObject[]> {
  const ledger = createLedger(lake.store, lake.settings.lakeBucket);
  const objects = new Map<string, SourceObject>();
  for (const { batch } of batches) {
    const document = await batchObjects(lake, batch);
    const old = leaveSuperseded ? (await supersededObjects(lake, batch)).map(objectVersionId) : [];
    for (const object of document.objects) {
      const entry = await ledger.find(lake.pipeline, object);
      if (entry?.verdict === 'skipped' || old.includes(objectVersionId(object))) continue;
      objects.set(objectVersionId(object), { ...object, firstBatch: object.firstBatch ?? batch });
    }
  }
  return [...objects.values()].sort((left, right) => (orderOf(left) < orderOf(right) ? -1 : 1));
}

function orderOf(object: SourceObject): string {
  return `${object.lastModified} ${objectVersionId(object)}`;
}

/** The open rows of these batches as one file, equal for equal rows. */
async function publishSelection(
  quarantine: Quarantine,
  batches: readonly OpenBatch[],
  includeSuperseded: boolean,
): Promise<NonNullable<ReplayScope['rows']>> {
  const { lake, session, directory } = quarantine;
  const path = join(directory, 'replayed.parquet');
  await session.execute(
    'CREATE OR REPLACE TABLE selection (batch VARCHAR, source_uri VARCHAR, version_id VARCHAR, line BIGINT)',
  );
  for (const batch of batches) {
    if (batch.rowsUri === undefined) continue;
    await viewBatch(quarantine, { ...batch, rowsUri: batch.rowsUri }, includeSuperseded);
    await session.execute(
      `INSERT INTO selection SELECT batch, source_uri, version_id, line FROM quarantined WHERE standing = 'open'`,
    );
  }
  await session.execute(`COPY (FROM selection ORDER BY ALL) TO ${text(path)} ${PARQUET_OPTIONS}`);
  const key = lakeLayout.replayRows(lake.pipeline, await sha256OfFile(path));
  return publishFile(lake.store, { bucket: lake.settings.lakeBucket, key }, path);
}
