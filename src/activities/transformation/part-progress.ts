import { lakeLayout } from '../../domain/lake-layout';
import type { Period } from '../../domain/period';
import { formatS3Uri, parseS3Uri } from '../../domain/s3-uri';
import { digestOf } from '../../lake/digest';
import { createDocument, findDocument } from '../../lake/documents';
import type { DeltaTable } from '../../lake/delta/table';
import type { StageDependencies } from '../stage-dependencies';
import { withFileInPlace } from './files-in-place';
import type { DonePeriod } from './merge-group';
import type { PartDocument } from './work-list';

export interface PartProgress {
  /** Periods that are finished, by this attempt or by an earlier one. */
  readonly finished: ReadonlyMap<Period, DonePeriod>;
  /** Takes over what the attempt before this one has finished, as far as its files are in place. */
  readonly restore: (table: DeltaTable) => Promise<void>;
  readonly add: (done: DonePeriod) => void;
  /** Waits for what is being written. */
  readonly settle: () => Promise<void>;
  /** Progress details that keep the resume point. */
  readonly report: StageDependencies['progress'];
}

export interface PartProgressDependencies extends Pick<
  StageDependencies,
  'store' | 'lakeBucket' | 'progress'
> {
  /** What the last heartbeat of the attempt before this one said; undefined = there was none. */
  readonly lastHeartbeat: () => unknown;
}

/** As often as heartbeats travel. */
const SAVE_EVERY_MS = 1_000;

/**
 * Remembers finished periods beyond the end of this attempt: once a second they are written down, create-only and named
 * by their content, and the heartbeat names the newest such document. Call it before anything else: the first heartbeat
 * of an attempt must not wipe the resume point.
 *
 * @param part digest of the work list and position of the group
 */
export function openPartProgress(
  deps: PartProgressDependencies,
  part: { readonly pipeline: string; readonly list: string; readonly group: number },
): PartProgress {
  const { store, lakeBucket: bucket } = deps;
  let resume = resumePoint(deps.lastHeartbeat());
  const report: PartProgress['report'] = (details) => {
    deps.progress({ ...details, ...(resume === undefined ? {} : { resume }) });
  };
  report({ stage: 'transform' });
  const finished = new Map<Period, DonePeriod>();
  const save = async (): Promise<void> => {
    const document: PartDocument = { formatVersion: 1, periods: [...finished.values()] };
    const { pipeline, list, group } = part;
    const key = lakeLayout.transformProgress(pipeline, list, group, digestOf(document));
    await createDocument(store, { bucket, key }, document);
    resume = formatS3Uri({ bucket, key });
    report({ stage: 'transform', partition: document.periods.length });
  };
  let saving: Promise<void> = Promise.resolve();
  let savedAtMs = -Infinity;
  return {
    finished,
    restore: async (table) => {
      for (const [period, done] of await finishedBefore(deps, table, resume)) finished.set(period, done);
    },
    add: (done) => {
      finished.set(done.period, done);
      if (performance.now() - savedAtMs < SAVE_EVERY_MS) return;
      savedAtMs = performance.now();
      // Spares work and no more: what cannot be written down is done again.
      saving = saving.then(save).catch(() => undefined);
    },
    settle: () => saving,
    report,
  };
}

function resumePoint(heartbeat: unknown): string | undefined {
  const { resume } = (heartbeat ?? {}) as { readonly resume?: unknown };
  return typeof resume === 'string' ? resume : undefined;
}

async function finishedBefore(
  { store }: PartProgressDependencies,
  table: DeltaTable,
  resume: string | undefined,
): Promise<ReadonlyMap<Period, DonePeriod>> {
  if (resume === undefined) return new Map();
  const found = await findDocument<PartDocument>(store, parseS3Uri(resume));
  return withFileInPlace(store, table, found?.value.periods ?? []);
}
