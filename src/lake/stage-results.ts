import type { ArtifactRef } from '../domain/artifact';
import { canonicalJson, type JsonValue } from '../domain/canonical-json';
import { lakeLayout } from '../domain/lake-layout';
import { parseS3Uri, type ObjectLocation } from '../domain/s3-uri';
import { isFresh, type Reusable, type RunRef, type Stage } from '../domain/stage';
import { PermanentFailure } from '../ports/failures';
import type { ObjectStore } from '../ports/object-store';
import { digestOf } from './digest';
import { createDocument, findDocument } from './documents';
import { claimed } from './stage-claims';

/** Everything that a stage's result depends on, by name, and the digest of it all. */
export interface StageKey {
  readonly stage: Stage;
  readonly digest: string;
  readonly parts: Readonly<Record<string, unknown>>;
}

export function stageKey(stage: Stage, parts: Readonly<Record<string, unknown>>): StageKey {
  // As JSON has it, so that what is stored and printed is what was hashed.
  const plain = JSON.parse(canonicalJson({ stage, ...parts })) as Readonly<Record<string, unknown>>;
  return { stage, digest: digestOf(plain), parts: plain };
}

/** What lies under `lakeLayout.stageResult`: the result, what went into it, and who made it. */
export interface StageDocument<T> {
  readonly formatVersion: 1;
  readonly parts: Readonly<Record<string, JsonValue>>;
  /** Workflow id of the run that did the work. */
  readonly madeBy?: string;
  readonly result: T;
}

export interface StageAddress {
  readonly store: ObjectStore;
  readonly bucket: string;
  readonly run: RunRef;
  readonly key: StageKey;
  /** Aborted when the activity is cancelled, also while it waits for another one. */
  readonly signal: () => AbortSignal;
}

/** Work that is not done yet: the answer says what has to come first, and nothing is published. */
export interface Postponed<L> {
  readonly postponed: L;
}

/** What is stored: everything but how this attempt came by it. Distributes over unions. */
type Result<T> = T extends unknown ? Omit<T, keyof Reusable> : never;

/**
 * Exactly-once publication of a stage: the first attempt to create the result document wins; any later attempt,
 * retry or run with the same key gets that result, after checking that its artifacts are still there and whole. Of two
 * that come at the same time one works and the other waits for it.
 *
 * A run that asks for fresh work does it again, and gets its own result only if it is the same.
 *
 * @throws PermanentFailure IntegrityError when a published artifact was changed or lost, or when fresh work came to
 *   another result.
 */
export async function publishStageResult<T extends Reusable, L = never>(
  address: StageAddress,
  work: () => Promise<Result<T> | Postponed<L>>,
  artifacts: (result: Result<T>) => readonly ArtifactRef[],
): Promise<T | L> {
  const { store, bucket, run, key } = address;
  const location = { bucket, key: lakeLayout.stageResult(run.pipeline, key.stage, key.digest) };
  const fresh = isFresh(run, key.stage);
  const reuse = async (): Promise<T | undefined> => {
    const standing = fresh ? undefined : await findDocument<StageDocument<Result<T>>>(store, location);
    if (!standing) return undefined;
    const { result, madeBy } = standing.value;
    await verifyArtifacts(store, artifacts(result));
    const by = madeBy === undefined ? {} : { reusedFrom: madeBy };
    return { ...result, ...by, digest: key.digest, reused: true } as unknown as T;
  };
  const make = async (): Promise<T | L> => {
    const worked = await work();
    if (isPostponed(worked)) return worked.postponed;
    const { result, created } = await publish(address, location, worked);
    return { ...result, digest: key.digest, reused: !created && !fresh } as unknown as T;
  };
  const claim = { bucket, key: lakeLayout.stageClaim(run.pipeline, key.stage, key.digest) };
  const holder = run.workflowId ?? run.batchDigest;
  return claimed<T | L>({ store, location: claim, holder, signal: address.signal }, reuse, make);
}

function isPostponed<L>(worked: object): worked is Postponed<L> {
  return 'postponed' in worked;
}

async function publish<R>(
  { store, run, key }: StageAddress,
  location: ObjectLocation,
  result: R,
): Promise<{ readonly result: R; readonly created: boolean }> {
  const { created, value } = await createDocument(store, location, {
    formatVersion: 1,
    parts: key.parts,
    ...(run.workflowId === undefined ? {} : { madeBy: run.workflowId }),
    result,
  });
  if (!created && isFresh(run, key.stage) && canonicalJson(value.result) !== canonicalJson(result)) {
    throw new PermanentFailure(
      'IntegrityError',
      'Doing the stage again came to another result: it is not deterministic, or something changed that its key does not name',
      { stage: key.stage, digest: key.digest },
    );
  }
  return { result: value.result, created };
}

/** Checks existence, size and stored checksum without reading bodies; backup and restore read every byte. */
export async function verifyArtifacts(store: ObjectStore, artifacts: readonly ArtifactRef[]): Promise<void> {
  for (const artifact of artifacts) {
    const head = await store.head(parseS3Uri(artifact.uri));
    if (head.bytes === artifact.bytes && (head.sha256 ?? artifact.sha256) === artifact.sha256) continue;
    throw new PermanentFailure('IntegrityError', 'Published artifact was changed: restore it from a backup', {
      uri: artifact.uri,
      expected: artifact.sha256,
      got: head.sha256,
      expectedBytes: artifact.bytes,
      gotBytes: head.bytes,
    });
  }
}
