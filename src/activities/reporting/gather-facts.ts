import type { PublishReportInput } from '../../contracts/activities/stages';
import type { ArtifactRef, BatchManifest } from '../../domain/artifact';
import type { EvaluationReport } from '../../domain/evaluation';
import { lakeLayout } from '../../domain/lake-layout';
import type { PipelinePlan } from '../../domain/plan';
import type { Profile } from '../../domain/profile';
import { profileDrift } from '../../domain/profile-drift';
import type { QualityReport } from '../../domain/quality-report';
import { lastAccepted, withRun, type HistoryEntry, type RunHistory } from '../../domain/run-history';
import { parseS3Uri } from '../../domain/s3-uri';
import { findDocument, readDocument } from '../../lake/documents';
import { readAlias, readModelVersion } from '../../lake/registry';
import type { BatchFacts, Comparison, FeatureFacts, RunFacts } from '../../report/run-facts';
import type { StageDependencies } from '../stage-dependencies';
import { profileFeatures } from './profile-features';
import { readHistory } from './history';

/** Enough to see where a batch came from; the manifest has all. */
const LISTED_OBJECTS = 50;

/** Collects what a run left in the lake. What cannot be found is left out: half a report is better than none. */
export async function gatherFacts(
  deps: StageDependencies,
  plan: PipelinePlan,
  input: PublishReportInput,
): Promise<RunFacts> {
  const { findings, summary, workflowId, runId, startedAt, endedAt, trigger } = input;
  const { pipeline } = plan;
  const [batch, quality, profile, evaluation, history, features] = await Promise.all([
    findings.manifest && batchFacts(deps, findings.manifest),
    read<QualityReport>(deps, findings.quality),
    read<Profile>(deps, findings.profile),
    read<EvaluationReport>(deps, findings.evaluation),
    readHistory(deps.store, deps.lakeBucket, pipeline),
    profileFeatures(deps, plan, findings),
  ]);
  const [batchDrift, featureDrift] = await Promise.all([
    profile && compareWithLast(deps, profile, input, history),
    features && compareWithChampion(deps, features, input),
  ]);
  return {
    formatVersion: 1,
    run: { pipeline, description: plan.description, workflowId, runId, startedAt, endedAt, trigger },
    summary,
    findings,
    history: withRun(history, historyEntry(input, quality)).runs,
    ...(batch && { batch }),
    ...(quality && { quality }),
    ...(profile && { profile }),
    ...(batchDrift && { batchDrift }),
    ...(features && { features }),
    ...(featureDrift && { featureDrift }),
    ...(evaluation && { evaluation }),
  };
}

export function historyEntry(input: PublishReportInput, quality: QualityReport | undefined): HistoryEntry {
  const { workflowId, runId, endedAt, run, summary, findings } = input;
  // What was accepted counts only once it is in the table.
  const isInTable = findings.clean !== undefined && quality?.verdict === 'accepted';
  return {
    workflowId,
    runId,
    endedAt,
    batchDigest: run.batchDigest,
    verdict: summary.verdict,
    rows: summary.rows,
    acceptedRows: isInTable ? quality.accepted : 0,
    quarantinedRows: summary.quarantinedRows,
    ...(isInTable && findings.profile ? { profile: findings.profile } : {}),
  };
}

async function read<T>({ store }: StageDependencies, ref: ArtifactRef | undefined): Promise<T | undefined> {
  return ref && (await findDocument<T>(store, parseS3Uri(ref.uri)))?.value;
}

async function batchFacts({ store }: StageDependencies, manifest: ArtifactRef): Promise<BatchFacts> {
  const { objects } = (await readDocument<BatchManifest>(store, parseS3Uri(manifest.uri))).value;
  return {
    manifest,
    objects: objects.slice(0, LISTED_OBJECTS),
    objectCount: objects.length,
    bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

async function compareWithLast(
  deps: StageDependencies,
  profile: Profile,
  { runId, endedAt, run }: PublishReportInput,
  history: RunHistory | undefined,
): Promise<Comparison | undefined> {
  const last = lastAccepted(history, { runId, endedAt, batchDigest: run.batchDigest });
  const before = await read<Profile>(deps, last?.profile);
  if (!last || !before) return undefined;
  const against = `the last accepted batch (${last.batchDigest.slice(0, 12)}, ${last.endedAt.slice(0, 10)})`;
  return { against, before, columns: profileDrift(before, profile) };
}

/** The model that was live when the batch came, which may by now have given way to one trained on the batch itself. */
async function compareWithChampion(
  deps: StageDependencies,
  features: FeatureFacts,
  { run, findings }: PublishReportInput,
): Promise<Comparison | undefined> {
  const { store, lakeBucket } = deps;
  const wasMet = findings.evaluation !== undefined;
  const version = wasMet
    ? findings.liveBefore
    : (await readAlias(store, lakeBucket, run.pipeline, 'champion'))?.version;
  if (version === undefined) return undefined;
  const { trainDigest } = await readModelVersion(store, lakeBucket, run.pipeline, version);
  const key = lakeLayout.trainingProfile(run.pipeline, trainDigest);
  const before = (await findDocument<Profile>(store, { bucket: lakeBucket, key }))?.value;
  if (!before) return undefined;
  return {
    against: `the training data of model v${version}`,
    before,
    columns: profileDrift(before, features.profile),
  };
}
