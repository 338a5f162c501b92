import type { Expectation, PipelinePlan } from '../../domain/plan';
import { parseS3Uri } from '../../domain/s3-uri';
import { readAlias } from '../../lake/registry';
import { requireSnapshot, type TableSnapshot } from '../../lake/table-files';
import type { ObjectHead } from '../../ports/object-store';
import type { ReferenceExpectation } from '../../sql/references';
import type { StageDependencies } from '../stage-dependencies';

/** Where a contract finds what is beyond the batch: in the lake, or nowhere (a local file without any server). */
export type OutsideWorld = 'lake' | 'none';

/** Allowed values, as of one version. */
export interface PinnedReference {
  /** Place of the rule in the plan. */
  readonly index: number;
  readonly rule: ReferenceExpectation;
  readonly table?: TableSnapshot;
  readonly object?: ObjectHead;
}

/** The live model, and the rows that it was trained on. */
export interface TrainedOn {
  readonly trainDigest: string;
  readonly cleanVersion: number;
  readonly holdoutFrom: string;
}

/** What rules look at beyond the batch, pinned: the same stage digest means the same inputs. */
export interface OutsideInputs {
  readonly references: readonly PinnedReference[];
  readonly trainedOn?: TrainedOn;
  /** Why rules cannot be evaluated, by their names. */
  readonly unavailable: ReadonlyMap<string, string>;
  /** Goes into the stage digest; `undefined` when no rule looks beyond the batch. */
  readonly identity?: Readonly<Record<string, unknown>>;
}

const NOTHING: OutsideInputs = { references: [], unavailable: new Map() };

/** @throws PermanentFailure NotFound when a referenced table or object does not exist. */
export async function pinOutsideInputs(
  deps: Pick<StageDependencies, 'store' | 'lakeBucket'>,
  plan: PipelinePlan,
  world: OutsideWorld,
): Promise<OutsideInputs> {
  const looking = plan.expectations.filter(looksOutside);
  if (looking.length === 0) return NOTHING;
  if (world === 'none') {
    const reason = 'it looks beyond the file, and there is no lake here';
    return { references: [], unavailable: new Map(looking.map(({ name }) => [name, reason])) };
  }
  const references: PinnedReference[] = [];
  for (const [index, rule] of plan.expectations.entries()) {
    if (rule.kind === 'references') references.push(await pinReference(deps, rule, index));
  }
  const drifts = plan.expectations.filter(({ kind }) => kind === 'drift');
  const trainedOn = drifts.length === 0 ? undefined : await findTrainedOn(deps, plan);
  const missing = trainedOn ? [] : drifts;
  return {
    references,
    ...(trainedOn && { trainedOn }),
    unavailable: new Map(missing.map(({ name }) => [name, 'no model is live yet'])),
    identity: { references: references.map(identityOf), trainedOn: trainedOn ?? null },
  };
}

function looksOutside({ kind }: Expectation): boolean {
  return kind === 'references' || kind === 'drift';
}

async function pinReference(
  { store, lakeBucket }: Pick<StageDependencies, 'store' | 'lakeBucket'>,
  rule: ReferenceExpectation,
  index: number,
): Promise<PinnedReference> {
  const { uri, pipeline = '', version } = rule.to;
  if (uri !== undefined) return { index, rule, object: await store.head(parseS3Uri(uri)) };
  return { index, rule, table: await requireSnapshot(store, lakeBucket, pipeline, 'clean', version) };
}

function identityOf({ index, table, object }: PinnedReference): Readonly<Record<string, unknown>> {
  return { index, content: table?.contentDigest ?? object?.sha256 ?? object?.versionId ?? object?.etag };
}

async function findTrainedOn(
  { store, lakeBucket }: Pick<StageDependencies, 'store' | 'lakeBucket'>,
  { pipeline }: PipelinePlan,
): Promise<TrainedOn | undefined> {
  const champion = await readAlias(store, lakeBucket, pipeline, 'champion');
  if (!champion) return undefined;
  const { trainDigest, lineage } = champion.record;
  return { trainDigest, cleanVersion: lineage.cleanVersion, holdoutFrom: lineage.holdoutFrom };
}
