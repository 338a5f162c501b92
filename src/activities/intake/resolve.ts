import type { BatchDocument, BatchRef } from '../../contracts/activities/control';
import type {
  AgainDocument,
  BacklogDocument,
  ResolveBacklogInput,
  ResolveBacklogOutput,
  ResolveBatchInput,
  ResolveBatchOutput,
} from '../../contracts/activities/intake';
import { chooseBatch, type BatchCandidate } from '../../domain/batch';
import { lakeLayout } from '../../domain/lake-layout';
import { parseS3Uri } from '../../domain/s3-uri';
import { writeBatch } from '../../lake/batches';
import { readDocument } from '../../lake/documents';
import { mapConcurrent } from '../../lake/map-concurrent';
import { LOOK_UP_LANES, type IntakeDependencies } from './dependencies';
import { lookUpHint, lookUpVersion, type Finding } from './look-up';

/** Stands for objects of the batch that is extended: they have no hint of their own. */
const CHOSEN_BEFORE = -1;

export async function resolveBatch(
  deps: IntakeDependencies,
  { pipeline, planDigest, hints, extend }: ResolveBatchInput,
): Promise<ResolveBatchOutput> {
  const { source } = await deps.plans.load(pipeline, planDigest);
  const zone = { bucket: deps.lakeBucket, prefix: source.prefix };
  const findings = await mapConcurrent(hints, LOOK_UP_LANES, (hint) =>
    lookUpHint(deps, pipeline, zone, hint),
  );
  const before = extend === undefined ? [] : await objectsOf(deps, extend);
  const candidates = [
    ...before.map((object) => ({ index: CHOSEN_BEFORE, object })),
    ...candidatesOf(findings),
  ];
  const { objects, later } = chooseBatch(candidates, source.batch.maxBytes);
  const blocked = findings.flatMap((finding, index) =>
    finding.kind === 'blocked' ? [{ index, problem: finding.problem }] : [],
  );
  return {
    ...(objects.length > 0
      ? { batch: await writeBatch(deps.store, deps.lakeBucket, { pipeline, objects }) }
      : {}),
    skipped: findings.filter((finding) => finding.kind === 'found' && finding.objects.length === 0).length,
    later: [...new Set(later)].filter((index) => index !== CHOSEN_BEFORE),
    blocked: blocked.map(({ index }) => index),
    ...(blocked[0] ? { problem: blocked[0].problem } : {}),
  };
}

/** Takes the backlog in order: the next batch begins at the first object that did not fit. */
export async function resolveBacklog(
  deps: IntakeDependencies,
  { pipeline, planDigest, backlog }: ResolveBacklogInput,
): Promise<ResolveBacklogOutput> {
  const { source } = await deps.plans.load(pipeline, planDigest);
  const { value } = await readDocument<BacklogDocument>(deps.store, parseS3Uri(backlog.uri));
  const next = value.objects.slice(backlog.offset, backlog.offset + source.batch.maxObjects);
  const findings = await mapConcurrent(next, LOOK_UP_LANES, (object) =>
    lookUpVersion(deps, pipeline, object),
  );
  const { objects, later } = chooseBatch(candidatesOf(findings), source.batch.maxBytes);
  const nextOffset = backlog.offset + Math.min(next.length, ...later);
  return {
    ...(objects.length > 0
      ? { batch: await writeBatch(deps.store, deps.lakeBucket, { pipeline, objects }) }
      : {}),
    skipped: findings.filter((finding) => finding.kind === 'found' && finding.objects.length === 0).length,
    ...(nextOffset < value.objects.length ? { nextOffset } : {}),
  };
}

export async function openAgain(
  deps: IntakeDependencies,
  input: { readonly pipeline: string; readonly request: string },
): Promise<BatchRef> {
  const key = lakeLayout.againRequest(input.pipeline, input.request);
  const { value } = await readDocument<AgainDocument>(deps.store, { bucket: deps.lakeBucket, key });
  const { pipeline, objects, request, by, reason } = value;
  return writeBatch(deps.store, deps.lakeBucket, { pipeline, objects, again: { request, by, reason } });
}

function candidatesOf(findings: readonly Finding[]): readonly BatchCandidate[] {
  return findings.flatMap((finding, index) =>
    finding.kind === 'found' ? finding.objects.map((object) => ({ index, object })) : [],
  );
}

async function objectsOf({ store }: IntakeDependencies, batchUri: string): Promise<BatchDocument['objects']> {
  return (await readDocument<BatchDocument>(store, parseS3Uri(batchUri))).value.objects;
}
