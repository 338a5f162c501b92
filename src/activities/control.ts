import type {
  BatchDocument,
  BatchRef,
  ControlActivities,
  OpenRunInput,
  OpenRunOutput,
  RecordBatchInput,
} from '../contracts/activities/control';
import { workflowIds } from '../contracts/workflow-names';
import type { BatchManifest, SourceObject } from '../domain/artifact';
import { chooseBatch } from '../domain/batch';
import { lakeLayout } from '../domain/lake-layout';
import type { PipelinePlan } from '../domain/plan';
import type { BatchOutcome } from '../domain/replay';
import { formatS3Uri, parseS3Uri, type ObjectLocation } from '../domain/s3-uri';
import { totalBytes, writeBatch } from '../lake/batches';
import { createDocument, findDocument, readDocument } from '../lake/documents';
import { isInLandingZone, type LandingZone } from '../lake/landing-zone';
import type { Ledger, LedgerEntry } from '../lake/ledger';
import { mapConcurrent } from '../lake/map-concurrent';
import type { PlanLibrary } from '../lake/plans';
import { unprocessedObjects } from '../lake/unprocessed';
import { PermanentFailure } from '../ports/failures';
import type { ObjectStore } from '../ports/object-store';

export interface ControlDependencies {
  readonly store: ObjectStore;
  readonly lakeBucket: string;
  readonly plans: PlanLibrary;
  readonly ledger: Ledger;
  /** Trainings at a time on all workers together; absent = as many as there are slots. */
  readonly maxTrainings?: number;
}

/** Look-ups are small and independent; more lanes gave no gain on a near store. */
const LOOK_UP_LANES = 8;

/** Decisions and records around the stages. */
export function createControlActivities(deps: ControlDependencies): Omit<ControlActivities, 'notify'> {
  return {
    openRun: (input) => openRun(deps, input),
    recordBatch: async (input) => {
      const { run, manifest, verdict } = input;
      const { value } = await readDocument<BatchManifest>(deps.store, parseS3Uri(manifest.uri));
      const { batchDigest } = run;
      const entries: readonly LedgerEntry[] = [
        ...value.objects.map((object) => ({ object, batchDigest, verdict })),
        ...value.skipped.map((object) => ({ object, batchDigest, verdict: 'skipped' as const })),
      ];
      await mapConcurrent(entries, LOOK_UP_LANES, (entry) => deps.ledger.record(run.pipeline, entry));
      await recordOutcome(deps, value, input);
    },
    recordRun: async ({ run, workflowId, runId, summary }) => {
      const key = lakeLayout.runSummary(run.pipeline, runId);
      await createDocument(deps.store, { bucket: deps.lakeBucket, key }, { workflowId, runId, ...summary });
    },
  };
}

/** Where rejected rows are listed, and what they wait for; see src/lake/replays.ts. */
async function recordOutcome(
  { store, lakeBucket }: ControlDependencies,
  { replay, insteadOf }: BatchManifest,
  { run, verdict, validated }: RecordBatchInput,
): Promise<void> {
  const isClean = verdict === 'accepted' && !validated?.quarantine;
  if (!validated || (isClean && !replay && insteadOf === undefined)) return;
  const { pipeline, batchDigest, planDigest } = run;
  const { rows, quarantinedRows, quarantine } = validated;
  const outcome: BatchOutcome = {
    formatVersion: 1,
    pipeline,
    batchDigest,
    run: workflowIds.run(pipeline, batchDigest),
    planDigest,
    verdict,
    rows,
    quarantinedRows,
    ...(quarantine ? { quarantine } : {}),
    ...(replay ? { replay } : {}),
    ...(insteadOf === undefined ? {} : { insteadOf }),
  };
  await createDocument(
    store,
    { bucket: lakeBucket, key: lakeLayout.quarantineOutcome(pipeline, batchDigest) },
    outcome,
  );
}

async function openRun(deps: ControlDependencies, input: OpenRunInput): Promise<OpenRunOutput> {
  const { pipeline } = input;
  const planDigest = input.planDigest ?? (await deps.plans.currentDigest(pipeline));
  const plan = await deps.plans.load(pipeline, planDigest);
  const batch = await batchOf(deps, plan, input);
  return {
    planDigest,
    planUri: deps.plans.uri(pipeline, planDigest),
    ...(batch ? { batch } : {}),
    control: {
      deploy: plan.deploy,
      backup: plan.backup,
      ...(deps.maxTrainings === undefined ? {} : { maxTrainings: deps.maxTrainings }),
      ...(plan.notify ? { notify: plan.notify.map(({ kind, on }) => ({ kind, on })) } : {}),
    },
  };
}

/** The batch that was handed over, the objects that were named, or else all that landed and is not processed. */
async function batchOf(
  deps: ControlDependencies,
  plan: PipelinePlan,
  input: OpenRunInput,
): Promise<BatchRef | undefined> {
  if (input.batch) {
    const { value } = await readDocument<BatchDocument>(deps.store, parseS3Uri(input.batch.uri));
    if (value.replay) await requireNotReleased(deps, plan.pipeline, input.batch.digest);
    return { ...input.batch, objects: value.objects.length, bytes: totalBytes(value.objects) };
  }
  const zone = { bucket: deps.lakeBucket, prefix: plan.source.prefix };
  const objects = input.objects
    ? await mapConcurrent(input.objects, LOOK_UP_LANES, (uri) => requireObject(deps, zone, parseUri(uri)))
    : await unprocessedObjects(deps.store, deps.ledger, plan.pipeline, zone);
  const chosen = chooseBatch(
    objects.map((object, index) => ({ index, object })),
    Number.MAX_SAFE_INTEGER,
  );
  if (chosen.objects.length === 0) return undefined;
  return writeBatch(deps.store, deps.lakeBucket, { pipeline: plan.pipeline, objects: chosen.objects });
}

/** Its rows may be on their way in another replay. */
async function requireNotReleased(
  { store, lakeBucket }: ControlDependencies,
  pipeline: string,
  batch: string,
): Promise<void> {
  const key = lakeLayout.quarantineOutcome(pipeline, batch);
  const outcome = await findDocument<BatchOutcome>(store, { bucket: lakeBucket, key });
  if (!outcome?.value.released) return;
  const { by, reason } = outcome.value.released;
  throw new PermanentFailure(
    'InvalidInput',
    `Replay was released by ${by} (${reason}): replay its rows anew with \`millrace quarantine replay\``,
    { batch },
  );
}

function parseUri(uri: string): ObjectLocation {
  try {
    return parseS3Uri(uri);
  } catch (error) {
    throw new PermanentFailure('InvalidInput', (error as Error).message, {}, { cause: error });
  }
}

/** The newest version. An object that was named is a person's wish: it need not be new. */
async function requireObject(
  { store }: ControlDependencies,
  zone: LandingZone,
  location: ObjectLocation,
): Promise<SourceObject> {
  if (!isInLandingZone(zone, location)) {
    throw new PermanentFailure('InvalidInput', 'Object is not in the landing zone of the pipeline', {
      uri: formatS3Uri(location),
      expected: formatS3Uri({ bucket: zone.bucket, key: zone.prefix }),
    });
  }
  const { bucket, key, versionId, etag, bytes, lastModified } = await store.head(location);
  return { bucket, key, ...(versionId ? { versionId } : {}), etag, bytes, lastModified };
}
