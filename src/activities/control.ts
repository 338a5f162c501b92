import type {
  BatchDocument,
  BatchRef,
  ControlActivities,
  OpenRunInput,
  OpenRunOutput,
  ResolveBatchInput,
  ResolveBatchOutput,
} from '../contracts/activities/control';
import { objectVersionId, type BatchManifest, type SourceObject } from '../domain/artifact';
import { lakeLayout } from '../domain/lake-layout';
import type { PipelinePlan } from '../domain/plan';
import { formatS3Uri, parseS3Uri, type ObjectLocation } from '../domain/s3-uri';
import { digestOf } from '../lake/digest';
import { createDocument, readDocument } from '../lake/documents';
import { landedObjects } from '../lake/landing-zone';
import type { Ledger } from '../lake/ledger';
import type { PlanLibrary } from '../lake/plans';
import { PermanentFailure } from '../ports/failures';
import type { ObjectStore } from '../ports/object-store';

export interface ControlDependencies {
  readonly store: ObjectStore;
  readonly lakeBucket: string;
  readonly plans: PlanLibrary;
  readonly ledger: Ledger;
}

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
    recordBatch: async ({ run, manifest, verdict }) => {
      const { value } = await readDocument<BatchManifest>(deps.store, parseS3Uri(manifest.uri));
      const { batchDigest } = run;
      for (const object of value.objects)
        await deps.ledger.record(run.pipeline, { object, batchDigest, verdict });
      for (const object of value.skipped) {
        await deps.ledger.record(run.pipeline, { object, batchDigest, verdict: 'skipped' });
      }
    },
    recordRun: async ({ run, workflowId, runId, summary }) => {
      const key = lakeLayout.runSummary(run.pipeline, runId);
      await createDocument(deps.store, { bucket: deps.lakeBucket, key }, { workflowId, runId, ...summary });
    },
  };
}

async function resolveBatch(
  deps: ControlDependencies,
  input: ResolveBatchInput,
): Promise<ResolveBatchOutput> {
  const plan = await deps.plans.load(input.pipeline, input.planDigest);
  const fresh: SourceObject[] = [];
  let bytes = 0;
  let skipped = 0;
  for (const [index, hint] of input.hints.entries()) {
    const object = await lookUp(deps, hint);
    if (!object || !(await isNew(deps, plan, object))) {
      skipped += 1;
    } else if (fresh.length > 0 && bytes + object.bytes > plan.source.batch.maxBytes) {
      return { ...(await batchOutput(deps, plan, fresh)), skipped, deferred: input.hints.length - index };
    } else {
      fresh.push(object);
      bytes += object.bytes;
    }
  }
  return { ...(await batchOutput(deps, plan, fresh)), skipped, deferred: 0 };
}

async function batchOutput(
  deps: ControlDependencies,
  plan: PipelinePlan,
  objects: readonly SourceObject[],
): Promise<Pick<ResolveBatchOutput, 'batch'>> {
  return objects.length === 0 ? {} : { batch: await writeBatch(deps, plan.pipeline, objects) };
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
  const objects: SourceObject[] = [];
  if (input.objects) {
    for (const uri of input.objects) objects.push(await requireObject(deps, plan, parseUri(uri)));
  } else {
    for await (const location of landedObjects(deps.store, deps.lakeBucket, plan.source.prefix)) {
      const object = await lookUp(deps, location);
      if (object && (await isNew(deps, plan, object))) objects.push(object);
    }
  }
  return objects.length === 0 ? undefined : writeBatch(deps, plan.pipeline, objects);
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
  return isInLandingZone(deps, plan, object) && !(await deps.ledger.find(plan.pipeline, object));
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
    const { bucket, key, versionId, etag, bytes } = await store.head(location);
    return { bucket, key, ...(versionId ? { versionId } : {}), etag, bytes };
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
