import { lakeLayout } from '../domain/lake-layout';
import type { PipelinePlan } from '../domain/plan';
import { formatS3Uri } from '../domain/s3-uri';
import { PermanentFailure } from '../ports/failures';
import type { ObjectStore } from '../ports/object-store';
import { digestOf } from './digest';
import { createDocument, findDocument, readDocument, swapDocument } from './documents';

interface CurrentPlan {
  readonly digest: string;
}

export interface PlanLibrary {
  /** @throws PermanentFailure NotFound; IntegrityError when the document no longer has its digest. */
  readonly load: (pipeline: string, digest: string) => Promise<PipelinePlan>;
  /** @throws PermanentFailure NotFound when no plan was applied. */
  readonly currentDigest: (pipeline: string) => Promise<string>;
  readonly uri: (pipeline: string, digest: string) => string;
  /** Makes the plan the current one; `changed` is false when it already was. */
  readonly apply: (
    plan: PipelinePlan,
  ) => Promise<{ readonly digest: string; readonly previous?: string; readonly changed: boolean }>;
  readonly pipelines: () => Promise<readonly string[]>;
}

/** Applied plans in the lake: one immutable document each, and a pointer to the current one. */
export function createPlanLibrary(store: ObjectStore, bucket: string): PlanLibrary {
  const cache = new Map<string, PipelinePlan>();

  const load = async (pipeline: string, digest: string): Promise<PipelinePlan> => {
    const cached = cache.get(digest);
    if (cached) return cached;
    const { value } = await readDocument<PipelinePlan>(store, {
      bucket,
      key: lakeLayout.plan(pipeline, digest),
    });
    if (digestOf(value) !== digest) {
      throw new PermanentFailure(
        'IntegrityError',
        'Stored plan does not have its digest: apply the pipeline again',
        {
          pipeline,
          digest,
        },
      );
    }
    cache.set(digest, value);
    return value;
  };

  const current = (pipeline: string): ReturnType<typeof findDocument<CurrentPlan>> =>
    findDocument<CurrentPlan>(store, { bucket, key: lakeLayout.currentPlan(pipeline) });

  return {
    load,
    currentDigest: async (pipeline) => (await current(pipeline))?.value.digest ?? notApplied(pipeline),
    uri: (pipeline, digest) => formatS3Uri({ bucket, key: lakeLayout.plan(pipeline, digest) }),
    apply: async (plan) => {
      const digest = digestOf(plan);
      await createDocument(store, { bucket, key: lakeLayout.plan(plan.pipeline, digest) }, plan);
      const standing = await current(plan.pipeline);
      const previous = standing?.value.digest;
      if (previous === digest) return { digest, previous: digest, changed: false };
      const location = { bucket, key: lakeLayout.currentPlan(plan.pipeline) };
      if (!(await swapDocument(store, location, { digest }, standing?.etag))) {
        throw new PermanentFailure(
          'SchemaConflict',
          'Somebody else applied this pipeline at the same time: apply again',
          {
            pipeline: plan.pipeline,
          },
        );
      }
      return { digest, ...(previous ? { previous } : {}), changed: true };
    },
    pipelines: () => listPipelines(store, bucket),
  };
}

function notApplied(pipeline: string): never {
  throw new PermanentFailure('NotFound', 'No such pipeline: make it live with `millrace apply FILE`', {
    pipeline,
  });
}

async function listPipelines(store: ObjectStore, bucket: string): Promise<readonly string[]> {
  const names = new Set<string>();
  for await (const { key } of store.list(bucket, lakeLayout.pipelinesPrefix())) {
    const name = /^pipelines\/([^/]+)\/current\.json$/.exec(key)?.[1];
    if (name) names.add(name);
  }
  return [...names];
}
