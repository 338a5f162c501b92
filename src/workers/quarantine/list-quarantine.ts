import { STANDINGS_SQL, REASONS_SQL, type Standing } from '../../sql/quarantine-standing';
import {
  claimsOn,
  isRejectedReplay,
  isReplaced,
  supersededObjects,
  batchObjects,
  viewBatch,
  withQuarantine,
  type Quarantine,
  type QuarantineBatch,
  type QuarantineLake,
} from './open-quarantine';
import { claimState } from '../../lake/replays';

export interface QuarantinedBatch {
  readonly batch: string;
  readonly run: string | null;
  /** `rejected`: the whole batch stays out of the table, its good rows too. `null`: its run is not finished. */
  readonly verdict: 'accepted' | 'rejected' | null;
  /** Batches whose rows it brought back; absent when it is no replay. */
  readonly replayOf?: readonly string[];
  /** Rejected rows; of a batch with files that cannot be read, each such file is one of them. */
  readonly rows: number;
  /** Rejected rows by what became of them. */
  readonly standings: Readonly<Partial<Record<Standing, number>>>;
  /** Of a batch that was rejected whole: what became of it. */
  readonly standing?: Standing;
  readonly reasons: readonly { readonly rule: string; readonly column: string; readonly rows: number }[];
}

/** Batches with rejected rows or rejected whole, and what became of them. */
export function listQuarantine(
  lake: QuarantineLake,
  onBatch: (done: number, of: number) => void,
): Promise<readonly QuarantinedBatch[]> {
  return withQuarantine(lake, async (quarantine) => {
    const listed: QuarantinedBatch[] = [];
    for (const [index, batch] of quarantine.batches.entries()) {
      listed.push(await describeBatch(quarantine, batch));
      onBatch(index + 1, quarantine.batches.length);
    }
    return listed;
  });
}

async function describeBatch(quarantine: Quarantine, batch: QuarantineBatch): Promise<QuarantinedBatch> {
  const { outcome, rowsUri } = batch;
  const counted = rowsUri === undefined ? NO_ROWS : await countRows(quarantine, { ...batch, rowsUri });
  const isWhole = outcome?.verdict === 'rejected';
  return {
    batch: batch.batch,
    run: outcome?.run ?? null,
    verdict: outcome?.verdict ?? null,
    ...(outcome?.replay ? { replayOf: outcome.replay.of } : {}),
    ...counted,
    ...(isWhole ? { standing: await standingOfWhole(quarantine, batch) } : {}),
  };
}

const NO_ROWS = { rows: 0, standings: {}, reasons: [] };

async function countRows(
  quarantine: Quarantine,
  batch: QuarantineBatch & { readonly rowsUri: string },
): Promise<Pick<QuarantinedBatch, 'rows' | 'standings' | 'reasons'>> {
  await viewBatch(quarantine, batch);
  const standings = (await quarantine.session.rows(STANDINGS_SQL)) as unknown as readonly {
    readonly standing: Standing;
    readonly rows: number;
  }[];
  const reasons = await quarantine.session.rows(REASONS_SQL);
  return {
    rows: standings.reduce((sum, { rows }) => sum + rows, 0),
    standings: Object.fromEntries(standings.map(({ standing, rows }) => [standing, rows])),
    reasons: reasons as unknown as QuarantinedBatch['reasons'],
  };
}

/** What became of a batch that was rejected whole. */
export async function standingOfWhole(
  quarantine: Quarantine,
  { batch, outcome }: QuarantineBatch,
): Promise<Standing> {
  if (!outcome) return 'pending';
  if (isReplaced(quarantine, outcome)) return 'superseded';
  if (isRejectedReplay(outcome)) return 'repeated';
  const [claim] = claimsOn(quarantine, batch);
  if (claim) return claimState(claim, quarantine.outcomes) === 'accepted' ? 'accepted' : 'replaying';
  const superseded = await supersededObjects(quarantine.lake, batch);
  const { objects } = await batchObjects(quarantine.lake, batch);
  return superseded.length === objects.length ? 'superseded' : 'open';
}
