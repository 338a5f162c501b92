// A backfill's plan and its items, as the activities would answer; the runs are real, their stages stand-ins.
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenBackfillItemInput, PlanBackfillInput } from '../../src/contracts/activities/backfill';
import type { OpenRunInput } from '../../src/contracts/activities/control';
import type { IngestInput, TransformInput } from '../../src/contracts/activities/stages';
import { workflowIds } from '../../src/contracts/workflow-names';
import { answers, permanent, stageStandIns, type StandIns } from './stage-stand-ins';
import type { Activities } from './workflow-harness';

export interface PlayedItem {
  /** One character; stands for its batch. */
  readonly name: string;
  readonly after?: readonly number[];
  /** Nothing is to be done any more. */
  readonly settled?: true;
}

export interface BackfillScene extends StandIns {
  /** `+a` and `-a`: the transform stage of batch a began and ended, in order. */
  readonly merges: string[];
  readonly plans: PlanBackfillInput[];
}

const COST = { objects: 1, bytes: 1, rows: 1, reusedStages: 0, seconds: 1 };
const PLAN_DIGEST = 'p'.repeat(64);

export const digestOfItem = (name: string): string => name.repeat(64);
export const runOfItem = (pipeline: string, name: string): string =>
  workflowIds.run(pipeline, digestOfItem(name));

/** @param rounds the plan, and those that follow it; then nothing follows any more */
export function backfillScene(
  rounds: readonly (readonly PlayedItem[])[],
  options: { readonly mergeMs?: number; readonly overrides?: Activities } = {},
): BackfillScene {
  const merges: string[] = [];
  const plans: PlanBackfillInput[] = [];
  let version = 0;
  const standIns = stageStandIns({
    planBackfill: (input: PlanBackfillInput) => {
      plans.push(input);
      const round = input.follows === undefined ? 0 : Number(input.follows) + 1;
      const items = rounds[round]?.length ?? 0;
      return Promise.resolve({
        uri: String(round),
        planDigest: PLAN_DIGEST,
        cost: { ...COST, items },
        more: false,
      });
    },
    openBackfillItem: ({ plan, index }: OpenBackfillItemInput) => {
      const { name = '', after = [], settled } = rounds[Number(plan)]?.[index] ?? {};
      const batch = { digest: digestOfItem(name), uri: `s3://lake/${name}.json`, objects: 1 };
      return Promise.resolve({ after, ...(settled ? {} : { batch }) });
    },
    openRun: ({ batch }: OpenRunInput) =>
      Promise.resolve({ ...answers.OPENED, batch: { ...batch, objects: 1, bytes: 1 } }),
    transform: async ({ run }: TransformInput) => {
      const name = run.batchDigest.slice(0, 1);
      merges.push(`+${name}`);
      await sleep(options.mergeMs ?? 10);
      merges.push(`-${name}`);
      version += 1;
      const table = { version, rows: 1, files: 1, contentDigest: 'c' };
      return { clean: table, features: table, reused: false };
    },
    ...options.overrides,
  });
  return { ...standIns, merges, plans };
}

/** An `ingest` that fails for good for these batches. */
export function failingFor(...names: readonly string[]): Activities {
  return {
    ingest: ({ run }: IngestInput) =>
      names.includes(run.batchDigest.slice(0, 1))
        ? permanent('IntegrityError', 'damaged')()
        : Promise.resolve(answers.INGESTED),
  };
}
