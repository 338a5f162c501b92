import { join } from 'node:path';
import type { ValidateInput } from '../contracts/activities/stages';
import { workflowIds } from '../contracts/workflow-names';
import type { ArtifactRef, BatchManifest, ManifestEntry } from '../domain/artifact';
import { lakeLayout } from '../domain/lake-layout';
import type { PipelinePlan, SourcePlan } from '../domain/plan';
import type { QualityReport } from '../domain/quality-report';
import { formatS3Uri, parseS3Uri, type ObjectLocation } from '../domain/s3-uri';
import type { ValidateResult } from '../domain/stage';
import { publishFile } from '../lake/artifacts';
import { createDocument, readDocument } from '../lake/documents';
import { mapConcurrent } from '../lake/map-concurrent';
import { publishStageResult, stageKey, type StageKey } from '../lake/stage-results';
import { PermanentFailure } from '../ports/failures';
import type { QuerySession } from '../ports/query-engine';
import { copyQuarantineSql, copyUnreadableSql, type QuarantinedFrom } from '../sql/quarantine';
import type { RuleSet } from '../sql/rule-types';
import { compileRules } from '../sql/rules';
import { sourcesTableSql, type SourceFile } from '../sql/sources';
import { canReadPlainly } from '../sql/plain-rows';
import { structuralTableSql } from '../sql/validate';
import { withScratch } from './scratch';
import { stageAddress, type StageDependencies } from './stage-dependencies';
import { judgeRows } from './validation/judge-rows';
import { pinOutsideInputs, type OutsideInputs, type OutsideWorld } from './validation/outside-inputs';
import { publishProfile } from './validation/publish-profile';
import { keepReplayedRows } from './validation/replayed-rows';
import { publishQuarantine } from './validation/publish-quarantine';
import { executeAll } from './validation/execute-all';
import { countFaults, percentOf, readBatchCounts, type BatchCounts } from './validation/quality-report';
import { loadRows } from './validation/load-rows';
import { stageObjects, type StagedBatch } from './validation/stage-objects';
import { createTypingLanes } from './validation/typing-lanes';
import { rejectionReasons } from './validation/verdict';
import { writeAccepted } from './validation/write-accepted';

/** Bump when accepted rows, quarantine, profile or report change for equal input. */
const VALIDATE_CODE_VERSION = 11;
const MAX_REASONS_IN_RESULT = 5;

type ValidateWork = Omit<ValidateResult, 'reused'>;

/**
 * Judges a batch by its data contract. Bad data is a result, not a failure: it is never retried.
 *
 * Failures: `PermanentFailure('IntegrityError')` when an object is no longer what the manifest says; those of the
 * store and the engine.
 */
export function createValidateActivity(
  deps: StageDependencies,
  world: OutsideWorld = 'lake',
): (input: ValidateInput) => Promise<ValidateResult> {
  return async (input) => {
    const plan = await deps.plans.load(input.run.pipeline, input.run.planDigest);
    const outside = await pinOutsideInputs(deps, plan, world);
    const key = validateKey(deps, plan, input.manifest, outside.identity);
    return publishStageResult<ValidateResult>(
      stageAddress(deps, input.run, key),
      () =>
        withScratch(deps.scratchDirectory, 'validate', (directory) =>
          validateBatch({
            deps,
            input,
            plan,
            rules: compileRules(plan, { lakeBucket: deps.lakeBucket, unavailable: outside.unavailable }),
            outside,
            digest: key.digest,
            directory,
          }),
        ),
      (result) =>
        [result.accepted, result.quarantine, result.profile, result.report].filter(
          (item) => item !== undefined,
        ),
    );
  };
}

/** Everything that accepted rows, quarantine, report and verdict depend on. */
export function validateKey(
  { engine }: Pick<StageDependencies, 'engine'>,
  plan: PipelinePlan,
  manifest: ArtifactRef,
  outside?: OutsideInputs['identity'],
): StageKey {
  const { source, columns, key, eventTime, expectations, quarantine } = plan;
  return stageKey('validate', {
    engine: engine.version,
    code: VALIDATE_CODE_VERSION,
    manifest: manifest.sha256,
    plan: { source: sourceOf(source), columns, key, eventTime, expectations, quarantine },
    ...(outside && { outside }),
  });
}

/** Where and when files land changes nothing about what is in them. */
function sourceOf({ format, compression, csv, nullValues }: SourcePlan): Partial<SourcePlan> {
  return {
    format,
    csv,
    ...(compression === undefined ? {} : { compression }),
    ...(nullValues === undefined ? {} : { nullValues }),
  };
}

/** What one attempt works with. */
interface Attempt {
  readonly deps: StageDependencies;
  readonly input: ValidateInput;
  readonly plan: PipelinePlan;
  readonly rules: RuleSet;
  readonly outside: OutsideInputs;
  readonly digest: string;
  readonly directory: string;
}

async function validateBatch(attempt: Attempt): Promise<ValidateWork> {
  const { deps, input, plan, directory } = attempt;
  const manifest = await readManifest(deps, input.manifest);
  const files = manifest.objects.map(sourceFile);
  const session = await deps.engine.open({ ...deps.engineOptions, directory });
  try {
    const staged = await stageBatch(attempt, manifest, files, session);
    const batch = {
      ...staged,
      unreadable: [...staged.unreadable, ...(await loadRows(deps, session, plan, staged))],
    };
    if (batch.unreadable.length > 0) return await rejectUnreadable(attempt, session, batch, manifest);
    const { judgedBy, measured } = await judgeRows({
      ...attempt,
      session,
      manifest,
      files,
      staged: batch.staged,
    });
    const judged = await readBatchCounts(session, plan, judgedBy, {
      delivered: { files, staged: batch.staged },
      measured,
      unavailable: attempt.outside.unavailable,
    });
    const reasons = rejectionReasons(judged, plan.quarantine);
    // The verdict is about whole files; of a replay only its own rows are counted and published.
    const counts = { ...judged, ...(await keepReplayedRows(deps, session, manifest)) };
    const rows = await publishRows(attempt, session, { batch, manifest, counts }, reasons.length === 0);
    return { ...(await publishReport(attempt, files, counts, reasons)), ...rows };
  } finally {
    await session.close();
  }
}

/** Plain rows are typed while files are scanned, unless a replay or a rule has to see all rows together. */
async function stageBatch(
  { deps, plan, rules, outside, directory }: Attempt,
  manifest: BatchManifest,
  files: readonly SourceFile[],
  session: QuerySession,
): Promise<StagedBatch> {
  const isPlain = !manifest.replay && outside.references.length === 0 && canReadPlainly(plan, rules);
  const lanes = isPlain ? createTypingLanes({ deps, plan, rules, files, directory }) : undefined;
  try {
    return await stageObjects(deps, plan, manifest, directory, session, lanes);
  } finally {
    await lanes?.close();
  }
}

function sourceFile(entry: ManifestEntry): SourceFile {
  return {
    uri: formatS3Uri(entry),
    version: entry.versionId ?? entry.etag,
    uploaded: entry.lastModified,
  };
}

/** A file that cannot be read has no rows to judge: what is known of the batch is the reasons and the faults seen. */
async function rejectUnreadable(
  attempt: Attempt,
  session: QuerySession,
  { faultsPath, unreadable }: StagedBatch,
  manifest: BatchManifest,
): Promise<ValidateWork> {
  const { deps, input, plan, directory } = attempt;
  const files = manifest.objects.map(sourceFile);
  const path = join(directory, 'rejected.parquet');
  await executeAll(deps, session, [
    sourcesTableSql(files),
    structuralTableSql(plan, faultsPath),
    ...copyUnreadableSql(plan, unreadable, quarantinedFrom(input, manifest), path),
  ]);
  const quarantine = await publishQuarantine(deps, input.run, path);
  const reasons = unreadable.map(
    ({ object, reason }) => `${manifest.objects[object]?.key ?? `object ${object}`}: ${reason}`,
  );
  const faults = await countFaults(session);
  const counts = { rows: faults, rejectedRows: faults, expectations: [], columns: [] };
  return { ...(await publishReport(attempt, files, counts, reasons)), quarantine };
}

interface Judged {
  readonly batch: StagedBatch;
  readonly manifest: BatchManifest;
  readonly counts: BatchCounts;
}

async function publishRows(
  { deps, input, plan, rules, digest, directory }: Attempt,
  session: QuerySession,
  { batch, manifest, counts }: Judged,
  isAccepted: boolean,
): Promise<Pick<ValidateWork, 'accepted' | 'quarantine' | 'profile'>> {
  const published: { accepted?: ArtifactRef; quarantine?: ArtifactRef; profile?: ArtifactRef } = {};
  const acceptedPath = isAccepted ? join(directory, 'accepted.parquet') : undefined;
  if (acceptedPath !== undefined) {
    await writeAccepted(session, plan, batch.staged, acceptedPath, deps.signal());
  }
  const publishAccepted = async (path: string): Promise<void> => {
    const location = artifactLocation(deps, plan, digest, 'accepted.parquet');
    published.accepted = await publishFile(deps.store, location, path);
  };
  // One after the other: both ask the one session.
  const publishOthers = async (): Promise<void> => {
    const location = artifactLocation(deps, plan, digest, 'profile.json');
    published.profile = await publishProfile(deps, session, plan, location, acceptedPath);
    if (counts.rejectedRows === 0) return;
    const path = join(directory, 'rejected.parquet');
    const from = quarantinedFrom(input, manifest);
    await executeAll(deps, session, copyQuarantineSql(plan, rules, batch.staged, from, path));
    published.quarantine = await publishQuarantine(deps, input.run, path);
  };
  const parts = [publishOthers, ...(acceptedPath === undefined ? [] : [() => publishAccepted(acceptedPath)])];
  await mapConcurrent(parts, parts.length, (publish) => publish());
  return published;
}

async function publishReport(
  { deps, input, plan, digest }: Attempt,
  files: readonly SourceFile[],
  counts: BatchCounts,
  reasons: readonly string[],
): Promise<ValidateWork> {
  const verdict = reasons.length === 0 ? 'accepted' : 'rejected';
  const { rows, rejectedRows, expectations, columns } = counts;
  const accepted = verdict === 'accepted' ? rows - rejectedRows : 0;
  const report: QualityReport = {
    formatVersion: 2,
    pipeline: plan.pipeline,
    batchDigest: input.run.batchDigest,
    verdict,
    reasons,
    rows,
    accepted,
    quarantined: rejectedRows,
    quarantinedPercent: percentOf(rejectedRows, rows),
    objects: files.map(({ uri }) => uri),
    expectations,
    columns,
  };
  const { ref } = await createDocument(
    deps.store,
    artifactLocation(deps, plan, digest, 'report.json'),
    report,
  );
  return {
    verdict,
    reasons: reasons.slice(0, MAX_REASONS_IN_RESULT),
    rows,
    acceptedRows: accepted,
    quarantinedRows: rejectedRows,
    report: ref,
  };
}

function artifactLocation(
  { lakeBucket }: StageDependencies,
  { pipeline }: PipelinePlan,
  digest: string,
  name: string,
): ObjectLocation {
  return { bucket: lakeBucket, key: lakeLayout.stageArtifact(pipeline, 'validate', digest, name) };
}

function quarantinedFrom({ run }: ValidateInput, { objects }: BatchManifest): QuarantinedFrom {
  const { pipeline, batchDigest } = run;
  return { objects, batchDigest, run: workflowIds.run(pipeline, batchDigest) };
}

async function readManifest(deps: StageDependencies, manifest: ArtifactRef): Promise<BatchManifest> {
  const { value, ref } = await readDocument<BatchManifest>(deps.store, parseS3Uri(manifest.uri));
  if (ref.sha256 === manifest.sha256) return value;
  throw new PermanentFailure('IntegrityError', 'Batch manifest was changed: restore it from a backup', {
    uri: manifest.uri,
    expected: manifest.sha256,
    got: ref.sha256,
  });
}
