import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { StageDependencies } from '../activities/stage-dependencies';
import { createValidateActivity } from '../activities/validate';
import { createMemoryObjectStore } from '../adapters/object-store/memory';
import { createDuckDbEngine } from '../adapters/query-engine/duckdb';
import type { Settings } from '../config/settings';
import type { BatchManifest, ManifestEntry } from '../domain/artifact';
import { lakeLayout } from '../domain/lake-layout';
import type { PipelinePlan } from '../domain/plan';
import type { QualityReport } from '../domain/quality-report';
import { parseS3Uri } from '../domain/s3-uri';
import { createDocument, readDocument } from '../lake/documents';
import { digestOf } from '../lake/digest';
import { createPlanLibrary } from '../lake/plans';
import { fileBody } from '../lake/streams';

const LAKE = 'lake';

/**
 * Judges local files by a plan's contract, without any server: the validate stage itself, over a store without a server.
 * Files stay on disk: memory does not grow with them.
 * Rules that look beyond the files are not evaluated, and say so.
 */
export async function validateFiles(
  engineOptions: Settings['engine'],
  plan: PipelinePlan,
  files: readonly string[],
): Promise<QualityReport> {
  const scratch = await mkdtemp(join(tmpdir(), 'millrace-validate-'));
  try {
    const filesDirectory = join(scratch, 'objects');
    await mkdir(filesDirectory);
    const deps = dependencies(engineOptions, scratch, filesDirectory);
    const { digest: planDigest } = await deps.plans.apply(plan);
    const manifest = await landFiles(deps, plan, files);
    const run = { pipeline: plan.pipeline, planDigest, batchDigest: manifest.batchDigest };
    const location = { bucket: LAKE, key: lakeLayout.batch(plan.pipeline, manifest.batchDigest) };
    const { ref } = await createDocument(deps.store, location, manifest);
    const result = await createValidateActivity(deps, 'none')({ run, manifest: ref });
    const { value } = await readDocument<QualityReport>(deps.store, parseS3Uri(result.report.uri));
    return withLocalPaths(value, files);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function dependencies(
  engineOptions: Settings['engine'],
  scratchDirectory: string,
  filesDirectory: string,
): StageDependencies & { readonly plans: ReturnType<typeof createPlanLibrary> } {
  const store = createMemoryObjectStore({ filesDirectory });
  const { signal } = new AbortController();
  return {
    store,
    engine: createDuckDbEngine(),
    plans: createPlanLibrary(store, LAKE),
    lakeBucket: LAKE,
    scratchDirectory,
    engineOptions,
    signal: () => signal,
    progress: () => undefined,
  };
}

/** Each under a folder of its own: two files may have one name. */
async function landFiles(
  { store }: Pick<StageDependencies, 'store'>,
  plan: PipelinePlan,
  files: readonly string[],
): Promise<BatchManifest> {
  const objects: ManifestEntry[] = [];
  for (const [index, file] of files.entries()) {
    const body = await fileBody(file);
    const location = { bucket: LAKE, key: `${plan.source.prefix}${index}/${basename(file)}` };
    const { versionId, etag, bytes, lastModified } = await store.put(location, body);
    const version = versionId === undefined ? {} : { versionId };
    objects.push({ ...location, ...version, etag, bytes, lastModified, sha256: body.sha256 });
  }
  const batchDigest = digestOf(objects.map(({ sha256 }) => sha256));
  return { formatVersion: 1, pipeline: plan.pipeline, batchDigest, objects, skipped: [] };
}

/** Queries read the files where they are. */
function withLocalPaths(report: QualityReport, files: readonly string[]): QualityReport {
  const local = (sql: string): string =>
    report.objects.reduce((text, uri, index) => text.replaceAll(uri, resolve(files[index] ?? '')), sql);
  return {
    ...report,
    objects: files,
    reasons: report.reasons.map((reason) =>
      report.objects.reduce(
        (text, uri, index) => text.replaceAll(parseS3Uri(uri).key, files[index] ?? ''),
        reason,
      ),
    ),
    expectations: report.expectations.map((rule) => ({
      ...rule,
      query: rule.query === null ? null : local(rule.query),
    })),
  };
}
