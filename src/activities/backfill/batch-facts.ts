import type { BatchDocument } from '../../contracts/activities/control';
import { objectVersionId, type SourceObject } from '../../domain/artifact';
import type { BatchFacts } from '../../domain/backfill';
import { groupBy } from '../../domain/group-by';
import { lakeLayout } from '../../domain/lake-layout';
import type { Stage } from '../../domain/stage';
import { totalBytes } from '../../lake/batches';
import { digestOf } from '../../lake/digest';
import { findDocument } from '../../lake/documents';
import { mapConcurrent } from '../../lake/map-concurrent';
import { claimState, readOutcomes, readReplays } from '../../lake/replays';
import { readRunRecords, type RunRecord } from '../../lake/run-records';
import { LOOK_UP_LANES, type BackfillDependencies } from './dependencies';
import { stageStanding, type StageStanding, type Today } from './stage-standing';

/** Runs of the same object versions, oldest first: a deliberate re-run belongs to what it runs again. */
interface BatchRuns {
  readonly id: string;
  readonly objects: readonly SourceObject[];
  readonly isReplay: boolean;
  readonly records: readonly RunRecord[];
}

export interface RunFacts {
  readonly batches: readonly BatchFacts[];
  /** Middle of all runs, seconds. */
  readonly typicalSeconds: number;
  readonly trainingSeconds: number;
}

/** Digests of batches that were rejected whole, and wait for a replay. */
type OpenRejections = ReadonlySet<string>;

/** What the books say of every batch of a pipeline that a run has ended for. */
export async function gatherRunFacts(deps: BackfillDependencies, today: Today): Promise<RunFacts> {
  const { pipeline } = today.plan;
  const records = await readRunRecords(deps.store, deps.lakeBucket, pipeline);
  const groups = await groupRuns(deps, pipeline, records);
  const open = await openRejections(deps, pipeline, records);
  const found = await mapConcurrent(groups, LOOK_UP_LANES, (group) => factsOf(deps, today, group, open));
  return {
    batches: withOldFeatures(found.flatMap((each) => each ?? [])),
    typicalSeconds: middle(records.map(dataSeconds)),
    trainingSeconds: middle(records.map((record) => secondsOf(record, AFTER_DATA, 'train'))),
  };
}

async function groupRuns(
  { store, lakeBucket: bucket }: BackfillDependencies,
  pipeline: string,
  records: readonly RunRecord[],
): Promise<readonly BatchRuns[]> {
  const byBatch = groupBy(records, ({ batchDigest }) => batchDigest ?? '');
  const documents = await mapConcurrent([...byBatch.keys()], LOOK_UP_LANES, async (digest) => {
    const key = lakeLayout.batch(pipeline, digest);
    return digest === '' ? undefined : findDocument<BatchDocument>(store, { bucket, key });
  });
  const groups = new Map<string, BatchRuns>();
  for (const [index, [digest, ofBatch]] of [...byBatch].entries()) {
    const { objects, replay, again } = documents[index]?.value ?? {};
    if (!objects) continue;
    const isReplay = replay !== undefined;
    const id = isReplay ? (again?.of ?? digest) : digestOf(objects.map(objectVersionId).sort());
    const known = groups.get(id)?.records ?? [];
    const inOrder = [...known, ...ofBatch].sort((a, b) => (a.recordedAt < b.recordedAt ? -1 : 1));
    groups.set(id, { id, objects, isReplay, records: inOrder });
  }
  return [...groups.values()];
}

async function openRejections(
  { store, lakeBucket }: BackfillDependencies,
  pipeline: string,
  records: readonly RunRecord[],
): Promise<OpenRejections> {
  const rejected = records.flatMap(({ verdict, batchDigest }) =>
    verdict === 'rejected' && batchDigest !== undefined ? [batchDigest] : [],
  );
  if (rejected.length === 0) return new Set();
  const place = { store, lakeBucket, pipeline };
  const replays = await readReplays(place);
  const outcomes = await readOutcomes(place);
  const claimed = replays
    .filter((record) => claimState(record, outcomes) !== 'void')
    .flatMap(({ replay }) => replay.of);
  return new Set(rejected.filter((digest) => !claimed.includes(digest)));
}

/** Undefined: there is nothing that a backfill could do about it. */
async function factsOf(
  deps: BackfillDependencies,
  today: Today,
  group: BatchRuns,
  open: OpenRejections,
): Promise<(BatchFacts & Pick<StageStanding, 'oldFeatures'>) | undefined> {
  const last = group.records.findLast(({ verdict }) => verdict !== 'nothing_new');
  if (!last) return undefined;
  const state = stateOf(last);
  if (state === 'rejected' && (group.isReplay || !open.has(last.batchDigest ?? ''))) return undefined;
  const merged = group.records.findLast(({ cleanVersion }) => cleanVersion !== undefined);
  if (state !== 'accepted' && !merged && (await isSettled(deps, today, group.objects))) return undefined;
  const { changed, reuses, days, oldFeatures } = await stageStanding(deps, today, last);
  const seconds = group.records.map(dataSeconds).findLast((each) => each > 0);
  return {
    id: group.id,
    ...(last.batchDigest === undefined ? {} : { batch: last.batchDigest }),
    state,
    ...(last.reasons[0] === undefined ? {} : { reason: last.reasons[0] }),
    changed,
    ...(days ? { days } : {}),
    landedAt: group.isReplay ? (group.records[0]?.recordedAt ?? '') : landedAt(group.objects),
    ...(merged?.cleanVersion === undefined ? {} : { mergedAs: merged.cleanVersion }),
    objects: group.objects.length,
    bytes: totalBytes(group.objects),
    ...(last.rows > 0 ? { rows: last.rows } : {}),
    ...(seconds === undefined ? {} : { seconds }),
    reuses,
    oldFeatures,
  };
}

function stateOf({ verdict }: RunRecord): 'accepted' | 'rejected' | 'failed' {
  if (verdict === 'rejected') return 'rejected';
  return verdict === 'failed' || verdict === 'cancelled' ? 'failed' : 'accepted';
}

/** Its objects were processed in other batches, or replaced by newer ones. */
async function isSettled(
  { ledger }: BackfillDependencies,
  { plan: { pipeline } }: Today,
  objects: readonly SourceObject[],
): Promise<boolean> {
  for (const object of objects) {
    const entry = await ledger.find(pipeline, object);
    const isOpen = entry ? entry.verdict === 'rejected' : !(await ledger.isSuperseded(pipeline, object));
    if (isOpen) return false;
  }
  return true;
}

/** Any run makes all features anew when they are others than the table's: the batch that was merged last is enough. */
function withOldFeatures(
  found: readonly (BatchFacts & Pick<StageStanding, 'oldFeatures'>)[],
): readonly BatchFacts[] {
  const last = Math.max(...found.map(({ mergedAs = -1 }) => mergedAs));
  return found.map(({ oldFeatures, ...facts }) =>
    oldFeatures && facts.mergedAs === last
      ? { ...facts, changed: [...facts.changed, 'transform.features'] }
      : facts,
  );
}

export function landedAt(objects: readonly SourceObject[]): string {
  return objects.reduce((newest, { lastModified }) => (lastModified > newest ? lastModified : newest), '');
}

const DATA_STAGES: readonly Stage[] = ['ingest', 'validate', 'transform'];
const AFTER_DATA: readonly Stage[] = ['train', 'evaluate', 'register', 'deploy', 'backup'];

function dataSeconds(record: RunRecord): number {
  return secondsOf(record, DATA_STAGES, 'transform');
}

/** 0 when the run did not do the stage that tells. */
function secondsOf({ stages }: RunRecord, wanted: readonly Stage[], telling: Stage): number {
  const isTelling = stages.some(({ stage, status }) => stage === telling && status === 'done');
  if (!isTelling) return 0;
  const taken = stages.filter(({ stage }) => wanted.includes(stage)).map(({ seconds = 0 }) => seconds);
  return taken.reduce((sum, each) => sum + each, 0);
}

function middle(values: readonly number[]): number {
  const sorted = values.filter((value) => value > 0).sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
