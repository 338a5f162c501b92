import type {
  BatchDocument,
  BatchRef,
  ControlActivities,
  OpenRunInput,
  OpenRunOutput,
  RecordBatchInput,
  ResolveBatchInput,
  ResolveBatchOutput,
} from '../contracts/activities/control';
import { workflowIds } from '../contracts/workflow-names';
import { objectVersionId, type BatchManifest, type SourceObject } from '../domain/artifact';
import { chooseBatch } from '../domain/batch';
import { lakeLayout } from '../domain/lake-layout';
import type { PipelinePlan } from '../domain/plan';
import type { BatchOutcome } from '../domain/replay';
import { formatS3Uri, parseS3Uri, type ObjectLocation } from '../domain/s3-uri';
import { digestOf } from '../lake/digest';
import { createDocument, readDocument } from '../lake/documents';
import { landedObjects } from '../lake/landing-zone';
import type { Ledger, LedgerEntry } from '../lake/ledger';
import { mapConcurrent } from '../lake/map-concurrent';
import type { PlanLibrary } from '../lake/plans';
import { PermanentFailure } from '../ports/failures';
import type { ObjectStore } from '../ports/object-store';

export interface ControlDependencies {
  readonly store: ObjectStore;
  readonly lakeBucket: string;
  readonly plans: PlanLibrary;
  readonly ledger: Ledger;
}

/** Look-ups are small and independent; more lanes gave no gain on a near store. */
const LOOK_UP_LANES = 8;

/** Decisions and records around the stages. */
export function createControlActivities(deps: ControlDependencies): ControlActivities {
  return {
    readIntakeSettings: async ({ pipeline }) => {
      const planDigest = await deps.plans.currentDigest(pipeline);
      const plan = await deps.plans.load(pipeline, planDigest);
      return { planDigest, batch: plan.source.batch };
    },
    resolveBatch: (input) => resolveBatch(deps, input),
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
  { replay }: BatchManifest,
  { run, verdict, validated }: RecordBatchInput,
): Promise<void> {
  if (!validated || (verdict === 'accepted' && !validated.quarantine && !replay)) return;
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
  };
  await createDocument(
    store,
    { bucket: lakeBucket, key: lakeLayout.quarantineOutcome(pipeline, batchDigest) },
    outcome,
  );
}

async function resolveBatch(
  deps: ControlDependencies,
  input: ResolveBatchInput,
): Promise<ResolveBatchOutput> {
  const plan = await deps.plans.load(input.pipeline, input.planDigest);
  const findings = await mapConcurrent(input.hints, LOOK_UP_LANES, (hint) => examine(deps, plan, hint));
  const candidates = findings.flatMap((finding, index) =>
    finding.kind === 'new' ? [{ index, object: finding.object }] : [],
  );
  const { objects, later } = chooseBatch(candidates, plan.source.batch.maxBytes);
  const blocked = findings.flatMap((finding, index) =>
    finding.kind === 'blocked' ? [{ index, finding }] : [],
  );
  const batch = objects.length === 0 ? undefined : await writeBatch(deps, plan.pipeline, objects);
  return {
    ...(batch ? { batch } : {}),
    skipped: findings.filter(({ kind }) => kind === 'skip').length,
    later,
    blocked: blocked.map(({ index }) => index),
    ...(blocked[0] ? { problem: blocked[0].finding.problem } : {}),
  };
}

type Finding =
  | { readonly kind: 'new'; readonly object: SourceObject }
  /** Gone, foreign, superseded or processed already. */
  | { readonly kind: 'skip' }
  /** Cannot be looked at now; somebody has to mend something. */
  | { readonly kind: 'blocked'; readonly problem: string };

/** What is behind a hint. One object that cannot be looked at must not hold up all others. */
async function examine(
  deps: ControlDependencies,
  plan: PipelinePlan,
  location: ObjectLocation & { readonly versionId?: string },
): Promise<Finding> {
  try {
    const object = await lookUp(deps, location);
    return object && (await isNew(deps, plan, object)) ? { kind: 'new', object } : { kind: 'skip' };
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error;
    // A key that the store can never have held as it was told.
    if (error.code === 'InvalidInput') return { kind: 'skip' };
    return { kind: 'blocked', problem: error.message };
  }
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
    control: { deploy: plan.deploy, backup: plan.backup },
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
    return { ...input.batch, objects: value.objects.length, bytes: totalBytes(value.objects) };
  }
  const objects = input.objects
    ? await mapConcurrent(input.objects, LOOK_UP_LANES, (uri) => requireObject(deps, plan, parseUri(uri)))
    : await unprocessed(deps, plan);
  const chosen = chooseBatch(
    objects.map((object, index) => ({ index, object })),
    Number.MAX_SAFE_INTEGER,
  );
  return chosen.objects.length === 0 ? undefined : writeBatch(deps, plan.pipeline, chosen.objects);
}

/** Everything that landed and is not processed, oldest first. */
async function unprocessed(deps: ControlDependencies, plan: PipelinePlan): Promise<readonly SourceObject[]> {
  const landed: ObjectLocation[] = [];
  for await (const location of landedObjects(deps.store, deps.lakeBucket, plan.source.prefix))
    landed.push(location);
  const findings = await mapConcurrent(landed, LOOK_UP_LANES, (location) => examine(deps, plan, location));
  return findings.flatMap((finding) => (finding.kind === 'new' ? [finding.object] : []));
}

function parseUri(uri: string): ObjectLocation {
  try {
    return parseS3Uri(uri);
  } catch (error) {
    throw new PermanentFailure('InvalidInput', (error as Error).message, {}, { cause: error });
  }
}

async function requireObject(
  deps: ControlDependencies,
  plan: PipelinePlan,
  location: ObjectLocation,
): Promise<SourceObject> {
  if (!isInLandingZone(deps, plan, location)) {
    throw new PermanentFailure('InvalidInput', 'Object is not in the landing zone of the pipeline', {
      uri: formatS3Uri(location),
      expected: formatS3Uri({ bucket: deps.lakeBucket, key: plan.source.prefix }),
    });
  }
  const object = await lookUp(deps, location);
  if (!object) throw new PermanentFailure('NotFound', 'No such object', { uri: formatS3Uri(location) });
  return object;
}

async function isNew(deps: ControlDependencies, plan: PipelinePlan, object: SourceObject): Promise<boolean> {
  return isInLandingZone(deps, plan, object) && (await deps.ledger.standing(plan.pipeline, object)) === 'new';
}

function isInLandingZone(
  deps: ControlDependencies,
  plan: PipelinePlan,
  { bucket, key }: ObjectLocation,
): boolean {
  return bucket === deps.lakeBucket && key.startsWith(plan.source.prefix) && !key.endsWith('/');
}

/** What the store holds; undefined when it is gone. An event is only a hint: the store's answer counts. */
async function lookUp(
  { store }: ControlDependencies,
  location: ObjectLocation & { readonly versionId?: string },
): Promise<SourceObject | undefined> {
  try {
    const { bucket, key, versionId, etag, bytes, lastModified } = await store.head(location);
    return { bucket, key, ...(versionId ? { versionId } : {}), etag, bytes, lastModified };
  } catch (error) {
    if (error instanceof PermanentFailure && error.code === 'NotFound') return undefined;
    throw error;
  }
}

/** The same object versions are the same batch, whoever asks and in whatever attempt. */
async function writeBatch(
  deps: ControlDependencies,
  pipeline: string,
  objects: readonly SourceObject[],
): Promise<BatchRef> {
  const digest = digestOf(objects.map(objectVersionId).sort());
  const location = { bucket: deps.lakeBucket, key: lakeLayout.batch(pipeline, digest) };
  const document: BatchDocument = { formatVersion: 1, pipeline, objects };
  await createDocument(deps.store, location, document);
  return { digest, uri: formatS3Uri(location), objects: objects.length, bytes: totalBytes(objects) };
}

function totalBytes(objects: readonly SourceObject[]): number {
  return objects.reduce((sum, object) => sum + object.bytes, 0);
}
