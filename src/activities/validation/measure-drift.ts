import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { psi } from '../../domain/drift';
import { lakeLayout } from '../../domain/lake-layout';
import { firstDay } from '../../domain/period';
import type { MeasureExpectation, PipelinePlan } from '../../domain/plan';
import { digestOf } from '../../lake/digest';
import { createDocument, findDocument } from '../../lake/documents';
import { downloadTableFiles, partitionOf, requireSnapshot } from '../../lake/table-files';
import type { QuerySession } from '../../ports/query-engine';
import { binCountsSql, binsIn, driftKind, edgesSql, valuesSql, type DriftBins } from '../../sql/drift';
import { columnOf } from '../../sql/plan-columns';
import { text } from '../../sql/quote';
import { storedName } from '../../sql/stored-names';
import { eventDayOf } from '../../sql/training-set';
import type { StageDependencies } from '../stage-dependencies';
import type { TrainedOn } from './outside-inputs';

type DriftRule = Extract<MeasureExpectation, { kind: 'drift' }>;

/** How one column was distributed in what the live model was trained on. */
interface Baseline {
  readonly bins: DriftBins;
  /** Rows per bin. */
  readonly counts: readonly number[];
}

/** Baselines by column and number of bins, computed once for a model and kept beside the stage's results. */
interface DriftBaselines {
  readonly formatVersion: 1;
  readonly trainedOn: TrainedOn;
  readonly baselines: Readonly<Record<string, Baseline>>;
}

/** The population stability index of each rule's column, by the rule's name; `null` where a side has no rows. */
export async function measureDrift(
  deps: StageDependencies,
  plan: PipelinePlan,
  trainedOn: TrainedOn | undefined,
  session: QuerySession,
  directory: string,
): Promise<ReadonlyMap<string, number | null>> {
  const rules = plan.expectations.filter((rule) => rule.kind === 'drift');
  if (!trainedOn || rules.length === 0) return new Map();
  const { baselines } = await findBaselines(deps, plan, trainedOn, rules, directory);
  const measured = new Map<string, number | null>();
  for (const rule of rules) {
    const baseline = baselines[keyOf(rule)];
    if (!baseline) continue;
    const counts = await countBins(session, 'parsed', rule.column, baseline.bins);
    measured.set(rule.name, psi(baseline.counts, counts) ?? null);
  }
  return measured;
}

function keyOf({ column, bins }: Pick<DriftRule, 'column' | 'bins'>): string {
  return `${column}/${bins}`;
}

async function findBaselines(
  deps: StageDependencies,
  plan: PipelinePlan,
  trainedOn: TrainedOn,
  rules: readonly DriftRule[],
  directory: string,
): Promise<DriftBaselines> {
  const wanted = [...new Set(rules.map(keyOf))].sort();
  const types = rules.map(({ column }) => columnOf(plan, column).type);
  const digest = digestOf({ drift: 1, trainedOn, wanted, types });
  const key = lakeLayout.stageArtifact(plan.pipeline, 'validate', digest, 'drift.json');
  const location = { bucket: deps.lakeBucket, key };
  const standing = await findDocument<DriftBaselines>(deps.store, location);
  if (standing) return standing.value;
  const baselines = await computeBaselines(deps, plan, trainedOn, rules, directory);
  const document: DriftBaselines = { formatVersion: 1, trainedOn, baselines };
  return (await createDocument(deps.store, location, document)).value;
}

const TRAINED_ON = 'trained_on';

/** Reads the clean table as the model saw it: at its version, older than its holdout. */
async function computeBaselines(
  deps: StageDependencies,
  plan: PipelinePlan,
  { cleanVersion, holdoutFrom }: TrainedOn,
  rules: readonly DriftRule[],
  directory: string,
): Promise<DriftBaselines['baselines']> {
  const { store, lakeBucket } = deps;
  const snapshot = await requireSnapshot(store, lakeBucket, plan.pipeline, 'clean', cleanVersion);
  const files = snapshot.files.filter((file) => firstDay(partitionOf(file)) < holdoutFrom);
  if (files.length === 0) return {};
  const folder = join(directory, 'trained-on');
  await mkdir(folder);
  const table = { bucket: lakeBucket, tableRoot: lakeLayout.table(plan.pipeline, 'clean') };
  await downloadTableFiles(store, table, files, folder, { signal: deps.signal() });
  const session = await deps.engine.open({ ...deps.engineOptions, directory: folder });
  try {
    const glob = text(join(folder, '**', '*.parquet'));
    await session.execute(
      `CREATE VIEW ${TRAINED_ON} AS SELECT * FROM read_parquet(${glob}, hive_partitioning = false, union_by_name = true)
      WHERE ${eventDayOf(storedName(plan.eventTime))} < DATE ${text(holdoutFrom)}`,
    );
    const baselines: Record<string, Baseline> = {};
    for (const rule of rules) baselines[keyOf(rule)] ??= await computeBaseline(session, plan, rule);
    return baselines;
  } finally {
    await session.close();
  }
}

async function computeBaseline(
  session: QuerySession,
  plan: PipelinePlan,
  { column, bins: wanted }: DriftRule,
): Promise<Baseline> {
  const stored = storedName(column);
  const bins: DriftBins =
    driftKind(columnOf(plan, column).type) === 'numeric'
      ? {
          kind: 'numeric',
          edges: (await session.rows(edgesSql(TRAINED_ON, stored, wanted))).map(({ edge }) => Number(edge)),
        }
      : {
          kind: 'values',
          values: (await session.rows(valuesSql(TRAINED_ON, stored))).map(({ value }) => value as string),
        };
  return { bins, counts: await countBins(session, TRAINED_ON, stored, bins) };
}

async function countBins(
  session: QuerySession,
  table: string,
  column: string,
  bins: DriftBins,
): Promise<readonly number[]> {
  const counts = Array.from({ length: binsIn(bins) }, () => 0);
  for (const { bin, count } of await session.rows(binCountsSql(table, column, bins))) {
    counts[Number(bin)] = Number(count);
  }
  return counts;
}
