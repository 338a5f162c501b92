import { lineageGraph } from './lineage';
import type { ModelVersionRecord } from './model-version';

const model = {
  pipeline: 'flights',
  version: 3,
  metric: 'auc',
  challenger: 0.7,
  lineage: { cleanVersion: 1, featuresVersion: 2 },
} as unknown as ModelVersionRecord;

test('every landed object version can be followed to the endpoint', () => {
  const objects = ['1', '2'].map((versionId) => ({
    bucket: 'lake',
    key: 'raw/flights/a.csv',
    versionId,
    etag: 'e',
    bytes: 1,
    lastModified: '2024-01-01T00:00:00.000Z',
    sha256: 'f'.repeat(64),
  }));
  const { nodes, edges } = lineageGraph(model, [{ batchDigest: 'abc', objects }], 'http://x');
  const next = new Map(edges.map(({ from, to }) => [from, to]));
  const path = ['object/lake/raw/flights/a.csv@1'];
  for (let step = next.get(path[0]!); step !== undefined; step = next.get(step)) path.push(step);
  expect(path).toEqual([
    'object/lake/raw/flights/a.csv@1',
    'batch/abc',
    'table/flights/clean/1',
    'table/flights/features/2',
    'model/flights/3',
    'endpoint/http://x',
  ]);
  expect(nodes.map(({ id }) => id)).toEqual(expect.arrayContaining(path));
});

test('a model that is not live has no endpoint', () => {
  expect(lineageGraph(model, []).nodes.map(({ kind }) => kind)).toEqual(['table', 'table', 'model']);
});
