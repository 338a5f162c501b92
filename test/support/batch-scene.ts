// From hints to a ledger: intake, control and ingest together, on the in-memory store.
import { createMemoryObjectStore } from '../../src/adapters/object-store/memory';
import type { ControlActivities } from '../../src/contracts/activities/control';
import type { IntakeActivities, LandingActivities } from '../../src/contracts/activities/intake';
import type { BatchManifest } from '../../src/domain/artifact';
import type { BacklogRef } from '../../src/domain/intake';
import type { PipelinePlan } from '../../src/domain/plan';
import { parseS3Uri } from '../../src/domain/s3-uri';
import type { IngestResult, RunRef } from '../../src/domain/stage';
import { readDocument } from '../../src/lake/documents';
import { createLedger, type Ledger } from '../../src/lake/ledger';
import { createPlanLibrary } from '../../src/lake/plans';
import type { ObjectHead, ObjectStore } from '../../src/ports/object-store';
import { createControlActivities } from '../../src/activities/control';
import { createIngestActivity } from '../../src/activities/ingest';
import { createIntakeActivities } from '../../src/activities/intake/activities';

export const KEY = 'raw/orders/a.csv';
const PLAN = {
  planVersion: 1,
  pipeline: 'orders',
  source: {
    prefix: 'raw/orders/',
    minObjectBytes: 3,
    batch: { maxObjects: 9, maxBytes: 100, quietSeconds: 1 },
  },
  deploy: { enabled: true, goldenTolerance: 1e-5 },
  backup: { enabled: true },
} as unknown as PipelinePlan;

export interface Scene {
  readonly store: ObjectStore;
  readonly control: Omit<ControlActivities, 'notify'>;
  readonly intake: IntakeActivities & LandingActivities;
  readonly ledger: Ledger;
  /** What the intake was told of. */
  readonly offered: BacklogRef[];
  readonly planDigest: string;
  readonly upload: (key: string, text: string) => Promise<ObjectHead>;
  /** One run's way through ingest and the ledger. */
  readonly process: (
    batch: { readonly digest: string; readonly uri: string },
    verdict?: 'accepted' | 'rejected',
  ) => Promise<{ readonly result: IngestResult; readonly manifest: BatchManifest }>;
}

export async function scene(wrap: (store: ObjectStore) => ObjectStore = (store) => store): Promise<Scene> {
  let clockMs = Date.UTC(2024, 0, 1);
  const memory = createMemoryObjectStore({ nowMs: () => (clockMs += 1_000) });
  const store = wrap(memory);
  const plans = createPlanLibrary(store, 'lake');
  const { digest: planDigest } = await plans.apply(PLAN);
  const ledger = createLedger(store, 'lake');
  const control = createControlActivities({ store, lakeBucket: 'lake', plans, ledger });
  const offered: BacklogRef[] = [];
  const orchestrator = {
    offerBacklog: (_pipeline: string, backlog: BacklogRef): Promise<void> => {
      offered.push(backlog);
      return Promise.resolve();
    },
    askTurn: () => Promise.resolve('now' as const),
    runState: () => Promise.resolve({ status: 'unknown' as const }),
  };
  const intake = createIntakeActivities({ store, lakeBucket: 'lake', plans, ledger, orchestrator });
  const ingest = createIngestActivity({
    store,
    plans,
    ledger,
    lakeBucket: 'lake',
    signal: () => new AbortController().signal,
    progress: () => undefined,
  });
  return {
    store,
    control,
    intake,
    ledger,
    offered,
    planDigest,
    upload: (key, text) => memory.put({ bucket: 'lake', key }, { kind: 'bytes', bytes: Buffer.from(text) }),
    process: async (batch, verdict = 'accepted') => {
      const run: RunRef = { pipeline: 'orders', planDigest, batchDigest: batch.digest };
      const result = await ingest({ run, batchUri: batch.uri });
      const { value: manifest } = await readDocument<BatchManifest>(store, parseS3Uri(result.manifest.uri));
      await control.recordBatch({ run, manifest: result.manifest, verdict });
      return { result, manifest };
    },
  };
}

export async function keysUnder(store: ObjectStore, prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('lake', prefix)) keys.push(key);
  return keys;
}

export const resolve = (
  { intake, planDigest }: Scene,
  ...versions: readonly (string | undefined)[]
): ReturnType<LandingActivities['resolveBatch']> =>
  intake.resolveBatch({
    pipeline: 'orders',
    planDigest,
    hints: versions.map((versionId) => ({ bucket: 'lake', key: KEY, ...(versionId ? { versionId } : {}) })),
  });
