import type { Worker } from 'node:worker_threads';
import { featureSchema, goldenRows, modelFile } from '../../../test/support/model-fixtures';
import { createFeatureEncoder } from '../../domain/feature-encoding';
import { PermanentFailure } from '../../ports/failures';
import type { LoadedModel } from '../../ports/model-scorer';
import { createOnnxScorer } from './onnx';
import { startWorker } from './start-worker';
import { openWorkerChannel } from './worker-channel';

const schema = featureSchema('v2');
const scorer = createOnnxScorer();
const opened: LoadedModel[] = [];

async function loadV2(): Promise<LoadedModel> {
  const model = await scorer.load(modelFile('v2', 'model.onnx'), schema);
  opened.push(model);
  return model;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((model) => model.close()));
});

describe('createOnnxScorer', () => {
  it('reproduces the golden predictions of the native booster', async () => {
    const golden = await goldenRows('v2');
    const encoder = createFeatureEncoder(schema);
    const model = await loadV2();
    const values = encoder.encode(golden.map(({ features }) => features));
    const scores = await model.score({ values, rows: golden.length, columns: encoder.columns });
    expect(golden).toHaveLength(64);
    golden.forEach(({ prediction }, row) => {
      expect(Math.abs((scores[row] ?? NaN) - prediction)).toBeLessThan(1e-6);
    });
  });

  it('leaves the caller’s array as it was and answers many callers, each its own rows', async () => {
    const model = await loadV2();
    const values = Float32Array.from([3, 0, 500, 23, 20]);
    const alone = await model.score({ values, rows: 1, columns: 5 });
    const many = await Promise.all(
      Array.from({ length: 50 }, () => model.score({ values, rows: 1, columns: 5 })),
    );
    expect([...values]).toEqual([3, 0, 500, 23, 20]);
    expect(many.map(([score]) => score)).toEqual(new Array(50).fill(alone[0]));
  });

  it('scores no rows without asking the model', async () => {
    const model = await loadV2();
    await expect(model.score({ values: new Float32Array(0), rows: 0, columns: 5 })).resolves.toHaveLength(0);
  });

  it('refuses a file that is no model', async () => {
    const load = scorer.load(modelFile('v2', 'metrics.json'), schema);
    await expect(load).rejects.toMatchObject({ code: 'IntegrityError' });
    await expect(load).rejects.toBeInstanceOf(PermanentFailure);
  });

  it('refuses a model without the output that features.json names', async () => {
    const load = scorer.load(modelFile('v2', 'model.onnx'), { ...schema, output: 'variable' });
    await expect(load).rejects.toThrow(/the model has no output variable/);
  });

  it('says how many columns it was given when the model wants others', async () => {
    const model = await loadV2();
    const score = model.score({ values: new Float32Array(3), rows: 1, columns: 3 });
    await expect(score).rejects.toThrow(/The model refused the rows \[.*columns=3\]/);
  });

  it('fails the scores under way when its thread dies, and scores the next rows on a new one', async () => {
    const workers: Worker[] = [];
    const watched = createOnnxScorer(() => {
      const worker = startWorker();
      workers.push(worker);
      return worker;
    });
    const model = await watched.load(modelFile('v2', 'model.onnx'), schema);
    opened.push(model);
    const row = { values: Float32Array.from([3, 0, 500, 23, 20]), rows: 1, columns: 5 };
    const before = await model.score(row);
    const lost = expect(model.score(row)).rejects.toMatchObject({ code: 'EngineFailed' });
    const died = workers[0]!.terminate();
    await lost;
    await died;
    const after = await Promise.all([model.score(row), model.score(row)]);
    expect(after).toEqual([before, before]);
    expect(workers).toHaveLength(2);
  });

  it('refuses to score after it was closed', async () => {
    const model = await loadV2();
    await model.close();
    const score = model.score({ values: new Float32Array(5), rows: 1, columns: 5 });
    await expect(score).rejects.toMatchObject({ code: 'EngineFailed' });
  });
});

describe('openWorkerChannel', () => {
  it('rejects what was asked when the thread dies, and everything after', async () => {
    const worker = startWorker();
    const channel = openWorkerChannel(worker);
    const asked = channel.ask({ kind: 'load', path: modelFile('v2', 'model.onnx'), output: schema });
    const outcome = expect(asked).rejects.toMatchObject({ code: 'EngineFailed' });
    await worker.terminate();
    await outcome;
    expect(channel.alive()).toBe(false);
    await expect(
      channel.ask({ kind: 'score', values: new Float32Array(5), rows: 1, columns: 5 }),
    ).rejects.toMatchObject({ code: 'EngineFailed' });
  });
});
