import type { ArtifactRef } from '../../domain/artifact';
import type { JsonValue } from '../../domain/canonical-json';
import { keyDifferences } from '../../domain/key-differences';
import { lakeLayout } from '../../domain/lake-layout';
import type { DaySpan } from '../../domain/period';
import type { PipelinePlan } from '../../domain/plan';
import type { Profile } from '../../domain/profile';
import { parseS3Uri } from '../../domain/s3-uri';
import type { IngestResult, Stage, TransformResult, ValidateResult } from '../../domain/stage';
import { findDocument } from '../../lake/documents';
import type { RunRecord } from '../../lake/run-records';
import type { StageDocument, StageKey } from '../../lake/stage-results';
import { ingestKey } from '../ingest';
import { featuresDigest } from '../transformation/update-features';
import { transformKey } from '../transform';
import { validateKey } from '../validate';
import type { OutsideInputs } from '../validation/outside-inputs';
import type { BackfillDependencies } from './dependencies';

/** How the data stages of a batch stand to the plan and the code of today. */
export interface StageStanding {
  /** What differs between the keys of its last run and those of today, as `stage.part`. */
  readonly changed: readonly string[];
  /** Stages whose results another run of the batch would find. */
  readonly reuses: readonly Stage[];
  readonly days?: DaySpan;
  /** Its features were made by another plan or other code: the next run of any batch makes them all anew. */
  readonly oldFeatures: boolean;
}

export interface Today {
  readonly planDigest: string;
  readonly plan: PipelinePlan;
  readonly outside: OutsideInputs['identity'];
}

/** Names of parts that say what a batch is, or what follows by itself. */
const NO_CHANGE = ['features', 'outside', 'batch', 'manifest', 'accepted'];
/** A verdict may be another one with other references. */
const NO_CHANGE_OF_VERDICT = NO_CHANGE.filter((part) => part !== 'outside');

/** @param last the run of the batch that counts */
export async function stageStanding(
  deps: BackfillDependencies,
  { plan, planDigest, outside }: Today,
  last: RunRecord,
): Promise<StageStanding> {
  const batchDigest = last.batchDigest ?? '';
  const run = { pipeline: plan.pipeline, planDigest, batchDigest };
  const ignored = last.verdict === 'rejected' ? NO_CHANGE_OF_VERDICT : NO_CHANGE;
  const look = <T>(key: StageKey): Promise<Look<T>> => lookAt<T>(deps, last, key, ignored);

  const ingest = await look<IngestResult>(ingestKey(plan, batchDigest));
  const manifest = ingest.result?.manifest;
  if (!manifest) return { changed: ingest.changed, reuses: [], oldFeatures: false };
  const validate = await look<ValidateResult>(validateKey(deps, plan, manifest, outside));
  const days = await daysOf(deps, plan, validate.result?.profile);
  const { accepted } = validate.result ?? {};
  const transform = accepted
    ? await look<TransformResult>(transformKey(deps, plan, { run, accepted }))
    : undefined;
  const looks = [ingest, validate, ...(transform ? [transform] : [])];
  const firstMissing = looks.findIndex(({ isThere }) => !isThere);
  return {
    changed: looks.flatMap(({ changed }) => changed),
    reuses: looks.slice(0, firstMissing < 0 ? looks.length : firstMissing).map(({ stage }) => stage),
    ...(days ? { days } : {}),
    oldFeatures: transform?.parts !== undefined && transform.parts['features'] !== featuresDigest(plan),
  };
}

interface Look<T> {
  readonly stage: Stage;
  /** Under today's key. */
  readonly isThere: boolean;
  readonly changed: readonly string[];
  /** Today's, or that of the last run. */
  readonly result?: T;
  readonly parts?: StageDocument<T>['parts'];
}

async function lookAt<T>(
  { store, lakeBucket: bucket }: BackfillDependencies,
  last: RunRecord,
  key: StageKey,
  ignored: readonly string[],
): Promise<Look<T>> {
  const { stage } = key;
  const read = async (digest: string): Promise<StageDocument<T> | undefined> =>
    (
      await findDocument<StageDocument<T>>(store, {
        bucket,
        key: lakeLayout.stageResult(last.pipeline, stage, digest),
      })
    )?.value;
  const today = await read(key.digest);
  const lastDigest = last.stages.find((entry) => entry.stage === stage)?.digest;
  const before = lastDigest === undefined || lastDigest === key.digest ? today : await read(lastDigest);
  const differences = before ? keyDifferences(before.parts, key.parts as JsonValue) : [];
  const paths = differences
    .map(({ path }) => path)
    .filter((path) => !ignored.includes(path.split('.')[0] ?? ''));
  const result = (today ?? before)?.result;
  return {
    stage,
    isThere: today !== undefined,
    changed: paths.map((path) => `${stage}.${path}`),
    ...(result === undefined ? {} : { result }),
    ...(before ? { parts: before.parts } : {}),
  };
}

const DAY_CHARACTERS = '2013-01-31'.length;

async function daysOf(
  { store }: BackfillDependencies,
  { eventTime }: PipelinePlan,
  profile: ArtifactRef | undefined,
): Promise<DaySpan | undefined> {
  if (!profile) return undefined;
  const found = await findDocument<Profile>(store, parseS3Uri(profile.uri));
  const column = found?.value.columns.find(({ name }) => name === eventTime);
  if (!column || column.kind === 'text' || !column.range) return undefined;
  const { min, max } = column.range;
  const dayOf = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, DAY_CHARACTERS);
  return { from: dayOf(min), to: dayOf(max) };
}
