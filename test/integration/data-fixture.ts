import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import { createMemoryObjectStore } from '../../src/adapters/object-store/memory';
import type { TransformDependencies } from '../../src/activities/transformation/transform-context';
import { createValidateActivity } from '../../src/activities/validate';
import type { ArtifactRef, BatchManifest, ManifestEntry } from '../../src/domain/artifact';
import type { JsonValue } from '../../src/domain/canonical-json';
import { lakeLayout, type TableName } from '../../src/domain/lake-layout';
import type { PipelinePlan } from '../../src/domain/plan';
import { parseS3Uri } from '../../src/domain/s3-uri';
import type { RunRef, TransformResult, ValidateResult } from '../../src/domain/stage';
import { readSnapshot } from '../../src/lake/delta/log';
import { createDocument } from '../../src/lake/documents';
import { digestOf, sha256Hex } from '../../src/lake/digest';
import { createPlanLibrary, type PlanLibrary } from '../../src/lake/plans';
import { hashingDownload } from '../../src/lake/streams';
import type { ObjectStore } from '../../src/ports/object-store';
import { transformToEnd } from '../support/transform-to-end';

export const LAKE = 'lake';

export interface Lake {
  readonly store: ObjectStore;
  readonly deps: TransformDependencies & { readonly plans: PlanLibrary };
  readonly scratch: string;
  readonly progress: Readonly<Record<string, string | number>>[];
  /** Lands files, writes the manifest, and says how the run calls the batch. */
  readonly land: (plan: PipelinePlan, files: readonly LandedFile[]) => Promise<LandedBatch>;
  readonly validate: (batch: LandedBatch) => Promise<ValidateResult>;
  readonly transform: (batch: LandedBatch, accepted: ArtifactRef) => Promise<TransformResult>;
  /** Validates and transforms one batch. */
  readonly process: (
    plan: PipelinePlan,
    files: readonly (string | Uint8Array)[],
  ) => Promise<{ readonly validated: ValidateResult; readonly transformed: TransformResult }>;
  readonly parquetRows: (artifact: ArtifactRef, columns?: string) => Promise<readonly Row[]>;
  readonly tableRows: (
    plan: PipelinePlan,
    table: TableName,
    columns: string,
    version?: number,
  ) => Promise<readonly Row[]>;
  /** Content hash of each live file by its path. */
  readonly tableFiles: (plan: PipelinePlan, table: TableName) => Promise<Readonly<Record<string, string>>>;
  readonly close: () => Promise<void>;
}

/** Content alone gets a name made of its hash. */
export type LandedFile = string | Uint8Array | { readonly name: string; readonly bytes: Uint8Array };

export type Row = Readonly<Record<string, JsonValue>>;

export interface LandedBatch {
  readonly run: RunRef;
  readonly manifest: ArtifactRef;
}

function namedFile(file: LandedFile): { readonly name: string; readonly bytes: Uint8Array } {
  if (typeof file === 'object' && 'name' in file) return file;
  const bytes = typeof file === 'string' ? Buffer.from(file) : file;
  return { name: `${sha256Hex(bytes).slice(0, 12)}.csv`, bytes };
}

/** A lake in a store, with the two data stages over the real engine. */
export async function openLake(
  store: ObjectStore = createMemoryObjectStore(),
  options: Partial<Omit<TransformDependencies, 'plans'>> = {},
): Promise<Lake> {
  const scratch = await mkdtemp(join(tmpdir(), 'millrace-data-'));
  const plans = createPlanLibrary(store, LAKE);
  const progress: Readonly<Record<string, string | number>>[] = [];
  const deps: Lake['deps'] = {
    store,
    engine: createDuckDbEngine(),
    plans,
    lakeBucket: LAKE,
    scratchDirectory: join(scratch, 'attempts'),
    engineOptions: { memoryLimitMegabytes: 512, threads: 2 },
    signal: () => new AbortController().signal,
    progress: (details) => progress.push(details),
    ...options,
  };

  const land: Lake['land'] = async (plan, files) => {
    const { digest: planDigest } = await plans.apply(plan);
    const objects: ManifestEntry[] = [];
    for (const file of files) {
      const { name, bytes } = namedFile(file);
      const location = { bucket: LAKE, key: `${plan.source.prefix}${name}` };
      const { versionId, etag, lastModified } = await store.put(location, { kind: 'bytes', bytes });
      const version = versionId === undefined ? {} : { versionId };
      objects.push({
        ...location,
        ...version,
        etag,
        bytes: bytes.length,
        lastModified,
        sha256: sha256Hex(bytes),
      });
    }
    const batchDigest = digestOf(objects.map(({ sha256 }) => sha256));
    const manifest: BatchManifest = {
      formatVersion: 1,
      pipeline: plan.pipeline,
      batchDigest,
      objects,
      skipped: [],
    };
    const key = lakeLayout.stageArtifact(plan.pipeline, 'ingest', digestOf(manifest), 'manifest.json');
    const { ref } = await createDocument(store, { bucket: LAKE, key }, manifest);
    return { run: { pipeline: plan.pipeline, planDigest, batchDigest }, manifest: ref };
  };

  const validate: Lake['validate'] = ({ run, manifest }) => createValidateActivity(deps)({ run, manifest });
  const transform: Lake['transform'] = ({ run }, accepted) => transformToEnd(deps, { run, accepted });

  const query = async (
    files: readonly string[],
    directory: string,
    columns: string,
  ): Promise<readonly Row[]> => {
    const session = await createDuckDbEngine().open({ directory, memoryLimitMegabytes: 256, threads: 2 });
    try {
      const list = files.map((file) => `'${file}'`).join(', ');
      return await session.rows(
        `SELECT ${columns} FROM read_parquet([${list}], hive_partitioning = false, union_by_name = true)`,
      );
    } finally {
      await session.close();
    }
  };

  const withFiles = async (
    uris: readonly { readonly bucket: string; readonly key: string }[],
    columns: string,
  ): Promise<readonly Row[]> => {
    const directory = await mkdtemp(join(scratch, 'read-'));
    const paths = uris.map((_location, index) => join(directory, `${index}.parquet`));
    for (const [index, location] of uris.entries()) {
      await hashingDownload(store, location, paths[index]!);
    }
    try {
      return await query(paths, directory, columns);
    } finally {
      await rm(directory, { recursive: true });
    }
  };

  const table = (plan: PipelinePlan, name: TableName) => ({
    bucket: LAKE,
    tableRoot: lakeLayout.table(plan.pipeline, name),
  });

  return {
    store,
    deps,
    scratch,
    progress,
    land,
    validate,
    transform,
    process: async (plan, files) => {
      const batch = await land(plan, files);
      const validated = await validate(batch);
      if (!validated.accepted) throw new Error(`Batch rejected: ${validated.reasons.join('; ')}`);
      return { validated, transformed: await transform(batch, validated.accepted) };
    },
    parquetRows: (artifact, columns = '*') => withFiles([parseS3Uri(artifact.uri)], columns),
    tableRows: async (plan, name, columns, version) => {
      const { tableRoot } = table(plan, name);
      const snapshot = await readSnapshot(store, table(plan, name), version);
      const paths = [...(snapshot?.files.keys() ?? [])];
      return withFiles(
        paths.map((path) => ({ bucket: LAKE, key: `${tableRoot}/${path}` })),
        columns,
      );
    },
    tableFiles: async (plan, name) => {
      const snapshot = await readSnapshot(store, table(plan, name));
      const files = [...(snapshot?.files.values() ?? [])];
      return Object.fromEntries(files.map(({ path, tags }) => [path, tags!['sha256']!]));
    },
    close: async () => {
      const left = await readdir(join(scratch, 'attempts')).catch(() => []);
      await rm(scratch, { recursive: true });
      if (left.length > 0) throw new Error(`Attempts left files behind: ${left.join(', ')}`);
    },
  };
}
