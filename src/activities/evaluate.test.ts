import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { commitFeatureTable } from '../../test/support/feature-table';
import { featureSchema, HOLDOUT_FROM } from '../../test/support/model-fixtures';
import {
  flightsPlan,
  LAKE,
  PIPELINE,
  putModelFiles,
  registerModel,
} from '../../test/support/registered-models';
import { createMemoryObjectStore } from '../adapters/object-store/memory';
import { createOnnxScorer } from '../adapters/model-scorer/onnx';
import { createDuckDbEngine } from '../adapters/query-engine/duckdb';
import type { EvaluateInput } from '../contracts/activities/stages';
import type { EvaluationReport } from '../domain/evaluation';
import { parseS3Uri } from '../domain/s3-uri';
import type { EvaluateResult } from '../domain/stage';
import { createDocument, readDocument } from '../lake/documents';
import { createPlanLibrary } from '../lake/plans';
import { swapAlias } from '../lake/registry';
import type { ObjectStore } from '../ports/object-store';
import { createEvaluateActivity } from './evaluate';

// What scikit-learn's roc_auc_score gives for the trainer's own predictions of the same 1504 rows (metrics.json).
const AUC = { v1: 0.77998835, v2: 0.783506926 };

let scratch: string;
let store: ObjectStore;

beforeEach(async () => {
  store = createMemoryObjectStore();
  scratch = await mkdtemp(path.join(tmpdir(), 'millrace-evaluate-'));
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

async function inputFor(
  model: 'v1' | 'v2',
  featuresVersion: number,
  overrides: Parameters<typeof putModelFiles>[3] = {},
): Promise<EvaluateInput> {
  const { digest } = await createPlanLibrary(store, LAKE).apply(flightsPlan);
  const trainDigest = `${model}${Object.keys(overrides).join('')}`;
  return {
    run: { pipeline: PIPELINE, planDigest: digest, batchDigest: 'batch' },
    model: {
      reused: false,
      trainDigest,
      files: await putModelFiles(store, trainDigest, model, overrides),
      featuresVersion,
      holdoutFrom: HOLDOUT_FROM,
      trainRows: 4373,
      holdoutRows: 1504,
      device: 'cpu',
    },
  };
}

function evaluate(input: EvaluateInput): Promise<EvaluateResult> {
  return createEvaluateActivity({
    store,
    engine: createDuckDbEngine(),
    plans: createPlanLibrary(store, LAKE),
    lakeBucket: LAKE,
    scratchDirectory: scratch,
    engineOptions: { memoryLimitMegabytes: 256, threads: 1 },
    signal: () => new AbortController().signal,
    progress: () => undefined,
    scorer: createOnnxScorer(),
  })(input);
}

async function makeChampion(model: 'v1' | 'v2'): Promise<void> {
  await swapAlias(store, LAKE, PIPELINE, 'champion', await registerModel(store, model));
}

describe('createEvaluateActivity', () => {
  it('measures the first model against the baseline, exactly as the trainer does', async () => {
    const result = await evaluate(await inputFor('v1', await commitFeatureTable(store)));
    expect(result).toMatchObject({ decision: 'promote', metric: 'auc', baseline: 0.5, holdoutRows: 1504 });
    expect(result.challenger).toBeCloseTo(AUC.v1, 7);
    expect(result.champion).toBeUndefined();
    expect(result.reason).toMatch(/^Promoted: auc 0.779988 beats the naive baseline 0.5/);
  });

  it('measures the same rows where the table lies by month and the holdout begins within one', async () => {
    const [daily, monthly] = [await commitFeatureTable(store), createMemoryObjectStore()];
    const { holdoutRows, challenger } = await evaluate(await inputFor('v1', daily));
    store = monthly;
    const input = await inputFor('v1', await commitFeatureTable(store, 'month'));
    expect(input.model.holdoutFrom).not.toMatch(/-01$/);
    expect(await evaluate(input)).toMatchObject({ holdoutRows, challenger });
  });

  it('measures both models on the same rows and publishes a report', async () => {
    await makeChampion('v1');
    const input = await inputFor('v2', await commitFeatureTable(store));
    const result = await evaluate({ ...input, model: { ...input.model, trainDigest: 'new' } });
    expect(result).toMatchObject({ decision: 'promote', championVersion: 1 });
    expect(result.challenger).toBeCloseTo(AUC.v2, 7);
    expect(result.champion).toBeCloseTo(AUC.v1, 7);

    const { value: report, ref } = await readDocument<EvaluationReport>(store, parseS3Uri(result.report.uri));
    expect(ref).toEqual(result.report);
    expect(report.baseline.prediction).toBeCloseTo(0.325634576, 9);
    expect(report.baseline.metrics.logloss).toBeCloseTo(0.640359556, 8);
    expect(report.challenger.metrics.logloss).toBeCloseTo(0.522484386, 6);
    expect(report.golden.rows).toBe(64);
    expect(report.golden.maxDifference).toBeLessThan(1e-6);
    expect(await readdir(scratch)).toEqual([]);
  });

  it('keeps a champion that is better', async () => {
    await makeChampion('v2');
    const result = await evaluate(await inputFor('v1', await commitFeatureTable(store)));
    expect(result.decision).toBe('keep');
    expect(result.reason).toMatch(/^Kept: auc 0.779988 is 0.449\d+ % worse than the champion's 0.783507/);
  });

  it('returns the published result to a retry, and decides anew when the champion has changed', async () => {
    const input = await inputFor('v2', await commitFeatureTable(store));
    const first = await evaluate(input);
    expect(first.reused).toBe(false);
    expect(await evaluate(input)).toEqual({ ...first, reused: true });
    await makeChampion('v1');
    expect(await evaluate(input)).toMatchObject({ reused: false, championVersion: 1 });
  });

  it('says that a model is live already instead of comparing it with itself', async () => {
    await makeChampion('v1');
    const input = await inputFor('v1', await commitFeatureTable(store));
    const result = await evaluate({ ...input, model: { ...input.model, trainDigest: 'v1' } });
    expect(result).toMatchObject({
      decision: 'keep',
      reason: 'Kept: this very model is already live as version 1.',
    });
  });

  it('counts a champion as absent when the table lacks one of its columns, and says which', async () => {
    const features = JSON.parse(
      JSON.stringify(featureSchema('v2')).replace('departure_hour', 'wind_speed'),
    ) as unknown;
    const location = { bucket: LAKE, key: 'models/flights/artifacts/windy/features.json' };
    const { ref } = await createDocument(store, location, features);
    const version = await registerModel(store, 'v2', {}, { features: ref });
    await swapAlias(store, LAKE, PIPELINE, 'champion', version);

    const result = await evaluate(await inputFor('v1', await commitFeatureTable(store)));
    expect(result.decision).toBe('promote');
    expect(result.champion).toBeUndefined();
    expect(result.championVersion).toBeUndefined();
    expect(result.reason).toMatch(
      /^Promoted: .* Version 1 was not compared: it needs wind_speed, which the feature table no longer has\.$/,
    );
  });

  it('refuses a model whose ONNX does not reproduce the golden predictions', async () => {
    const input = await inputFor('v2', await commitFeatureTable(store), { golden: 'v1' });
    await expect(evaluate(input)).rejects.toMatchObject({
      code: 'IntegrityError',
      message: expect.stringMatching(/ONNX does not reproduce the golden predictions/) as string,
    });
  });

  it('refuses files that are not what was published', async () => {
    const input = await inputFor('v2', await commitFeatureTable(store));
    const location = parseS3Uri(input.model.files.onnx.uri);
    await store.put(location, { kind: 'bytes', bytes: Buffer.from('other bytes') });
    await expect(evaluate(input)).rejects.toMatchObject({ code: 'IntegrityError' });
  });

  it('says that there is no holdout', async () => {
    const input = await inputFor('v2', await commitFeatureTable(store));
    const late = { ...input, model: { ...input.model, holdoutFrom: '2014-01-01' } };
    await expect(evaluate(late)).rejects.toMatchObject({ code: 'InvalidInput' });
  });
});
