// Rejected rows on their way back: the real stages, engine and log of replays, without the workflow around them.
import { createControlActivities } from '../../src/activities/control';
import { createIngestActivity } from '../../src/activities/ingest';
import { createMemoryObjectStore } from '../../src/adapters/object-store/memory';
import type { PipelinePlan } from '../../src/domain/plan';
import type { ValidateResult } from '../../src/domain/stage';
import { digestOf } from '../../src/lake/digest';
import { createLedger } from '../../src/lake/ledger';
import { createPlanLibrary } from '../../src/lake/plans';
import type { ReplayRecord } from '../../src/lake/replays';
import { listQuarantine } from '../../src/workers/quarantine/list-quarantine';
import { quarantinedRows, type QuarantinedRow } from '../../src/workers/quarantine/quarantined-rows';
import { claimNextReplay, type ReplayWish } from '../../src/workers/quarantine/replay-rows';
import { LAKE, openLake, type Lake } from './data-fixture';
import { TRIPS_PLAN } from './data-trips';

/** The contract of the trips after its fix: line D is known. */
export const withLineD = (plan: PipelinePlan): PipelinePlan => ({
  ...plan,
  expectations: plan.expectations.map((item) =>
    item.kind === 'in_set' ? { ...item, values: [...item.values, 'D'] } : item,
  ),
});

export interface Ran {
  readonly batch: string;
  readonly result: ValidateResult;
}

export interface ReplayScene {
  readonly lake: Lake;
  readonly quarantine: () => Parameters<typeof listQuarantine>[0];
  /** Lands files of the trips and runs the batch they make. */
  readonly deliver: (
    plan: PipelinePlan,
    files: Readonly<Record<string, string | Uint8Array>>,
  ) => Promise<Ran>;
  readonly claim: (wish?: Partial<ReplayWish>) => Promise<ReplayRecord | undefined>;
  readonly replay: (plan: PipelinePlan, record: ReplayRecord | undefined) => Promise<Ran>;
  /** How the rows of each batch stand. */
  readonly standings: () => Promise<unknown>;
  readonly rows: () => Promise<readonly QuarantinedRow[]>;
  /** The clean table by id. */
  readonly table: () => Promise<readonly unknown[]>;
  /** A corrected file. */
  readonly put: (content: string | Uint8Array) => Promise<NonNullable<ReplayWish['correction']>>;
}

/** A lake whose clock moves on a second with each object. */
export async function openReplayScene(): Promise<ReplayScene> {
  let clockMs = Date.UTC(2024, 0, 2);
  const lake = await openLake(createMemoryObjectStore({ nowMs: () => (clockMs += 1_000) }));
  const controlOf = (): ReturnType<typeof createControlActivities> =>
    createControlActivities({
      store: lake.store,
      lakeBucket: LAKE,
      plans: createPlanLibrary(lake.store, LAKE),
      ledger: createLedger(lake.store, LAKE),
    });

  /** The same plan may be applied by two runs at once. */
  const applied = async (plan: PipelinePlan): Promise<string> => {
    const digest = digestOf(plan);
    const plans = createPlanLibrary(lake.store, LAKE);
    if ((await plans.currentDigest(plan.pipeline)) !== digest) await plans.apply(plan);
    return digest;
  };

  /** One run's way from a batch document to the table. */
  const runBatch = async (plan: PipelinePlan, batch: { digest: string; uri: string }): Promise<Ran> => {
    const planDigest = await applied(plan);
    await controlOf().openRun({ pipeline: plan.pipeline, planDigest, batch });
    const run = { pipeline: plan.pipeline, planDigest, batchDigest: batch.digest };
    const ledger = createLedger(lake.store, LAKE);
    const { manifest } = await createIngestActivity({ ...lake.deps, ledger })({ run, batchUri: batch.uri });
    const result = await lake.validate({ run, manifest });
    if (result.accepted) await lake.transform({ run, manifest }, result.accepted);
    const { verdict, rows, quarantinedRows, quarantine } = result;
    const validated = { rows, quarantinedRows, ...(quarantine ? { quarantine } : {}) };
    await controlOf().recordBatch({ run, manifest, verdict, validated });
    return { batch: batch.digest, result };
  };

  const deliver: ReplayScene['deliver'] = async (plan, files) => {
    for (const [name, content] of Object.entries(files)) {
      const location = { bucket: LAKE, key: `raw/trips/${name}` };
      await lake.store.put(location, { kind: 'bytes', bytes: Buffer.from(content) });
    }
    await createPlanLibrary(lake.store, LAKE).apply(plan);
    const { batch } = await controlOf().openRun({ pipeline: plan.pipeline });
    return runBatch(plan, batch!);
  };

  const quarantine = (): Parameters<typeof listQuarantine>[0] => ({
    settings: { engine: { memoryLimitMegabytes: 256, threads: 2 }, lakeBucket: LAKE },
    store: lake.store,
    pipeline: 'trips',
  });
  const claim: ReplayScene['claim'] = async (wish = {}) => {
    const whole = { batch: '', includeSuperseded: false, maxBytes: 1e9, ...wish };
    return (await claimNextReplay(quarantine(), whole, false))?.record;
  };
  const replay: ReplayScene['replay'] = (plan, record) =>
    runBatch(plan, { digest: record!.batchDigest, uri: record!.batchUri });
  const standings = async (): Promise<unknown> =>
    Object.fromEntries(
      (await listQuarantine(quarantine(), () => undefined)).map((item) => [
        item.batch,
        item.standing ?? item.standings,
      ]),
    );
  const rows = async (): Promise<readonly QuarantinedRow[]> => {
    const found: QuarantinedRow[] = [];
    for await (const item of quarantinedRows(quarantine(), { batch: '' })) found.push(item);
    return found;
  };
  const table = async (): Promise<readonly unknown[]> =>
    (await lake.tableRows(TRIPS_PLAN, 'clean', 'id, line, minutes')).toSorted(
      (left, right) => Number(left['id']) - Number(right['id']),
    );

  const put: ReplayScene['put'] = async (content) => {
    const location = { bucket: LAKE, key: `runs/trips/replays/corrections/${content.length}/fixed` };
    const { versionId, etag, bytes, lastModified } = await lake.store.put(location, {
      kind: 'bytes',
      bytes: Buffer.from(content),
    });
    return { ...location, ...(versionId ? { versionId } : {}), etag, bytes, lastModified };
  };
  return { lake, quarantine, deliver, claim, replay, standings, rows, table, put };
}
