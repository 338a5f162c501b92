import type {
  BackfillActivities,
  BackfillDocument,
  BackfillPlanRef,
  PlanBackfillInput,
} from '../../contracts/activities/backfill';
import type { BackfillPlan } from '../../domain/backfill';
import { lakeLayout } from '../../domain/lake-layout';
import { planBackfill, planFollowUp, type BackfillTerms } from '../../domain/plan-backfill';
import { parseS3Uri } from '../../domain/s3-uri';
import { digestOf } from '../../lake/digest';
import { createDocument, readDocument } from '../../lake/documents';
import { pinOutsideInputs } from '../validation/outside-inputs';
import { gatherRunFacts } from './batch-facts';
import type { BackfillDependencies } from './dependencies';
import { openBackfillItem } from './open-item';
import type { Today } from './stage-standing';
import { gatherWaitingFacts } from './waiting-facts';

/** Old data once more: what there is to do, and each piece of it. */
export function createBackfillActivities(deps: BackfillDependencies): BackfillActivities {
  return {
    planBackfill: (input) => plan(deps, input),
    openBackfillItem: (input) => openBackfillItem(deps, input),
  };
}

async function plan(deps: BackfillDependencies, input: PlanBackfillInput): Promise<BackfillPlanRef> {
  const { pipeline, follows, wish, by } = input;
  const before = follows === undefined ? undefined : await readPlan(deps, follows);
  // A follow-up keeps to the plan of what it follows.
  const planDigest = before?.planDigest ?? (await deps.plans.currentDigest(pipeline));
  const pipelinePlan = await deps.plans.load(pipeline, planDigest);
  const { identity: outside } = await pinOutsideInputs(deps, pipelinePlan, 'lake');
  const today = { planDigest, plan: pipelinePlan, outside };
  const ran = before ? [...before.ran, ...before.items.map(({ id }) => id)] : [];
  const made = await makePlan(deps, today, input, before && new Set(ran));
  const plannedAt = new Date().toISOString();
  const document: BackfillDocument = {
    formatVersion: 1,
    pipeline,
    planDigest,
    wish,
    by,
    plannedAt,
    ran,
    ...made,
  };
  const key = lakeLayout.backfill(pipeline, digestOf(document));
  const { ref } = await createDocument(deps.store, { bucket: deps.lakeBucket, key }, document);
  return { uri: ref.uri, planDigest, cost: made.cost, more: made.more };
}

async function readPlan({ store }: BackfillDependencies, uri: string): Promise<BackfillDocument> {
  return (await readDocument<BackfillDocument>(store, parseS3Uri(uri))).value;
}

async function makePlan(
  deps: BackfillDependencies,
  today: Today,
  { wish, concurrency }: PlanBackfillInput,
  ran: ReadonlySet<string> | undefined,
): Promise<BackfillPlan> {
  const { batches, typicalSeconds, trainingSeconds } = await gatherRunFacts(deps, today);
  const terms: BackfillTerms = {
    isVersioned: today.plan.newest !== undefined,
    concurrency,
    typicalSeconds,
    trainingSeconds,
  };
  if (ran) return planFollowUp(batches, ran, terms);
  const waiting = await gatherWaitingFacts(deps, today, wish, batches);
  return planBackfill([...batches, ...waiting], wish, terms);
}
