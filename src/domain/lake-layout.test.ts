import { lakeLayout } from './lake-layout';

const prefixes = lakeLayout.publishedPrefixes('flights');
const placeOf = (key: string): number[] =>
  prefixes.flatMap((prefix, place) => (key.startsWith(prefix) ? [place] : []));

const KEYS = {
  plan: lakeLayout.plan('flights', 'd'),
  currentPlan: lakeLayout.currentPlan('flights'),
  features: `${lakeLayout.table('flights', 'features')}/_delta_log/0.json`,
  clean: `${lakeLayout.table('flights', 'clean')}/_delta_log/0.json`,
  batch: lakeLayout.batch('flights', 'd'),
  ingested: lakeLayout.stageArtifact('flights', 'ingest', 'd', 'manifest.json'),
  validated: lakeLayout.stageResult('flights', 'validate', 'd'),
  transformed: lakeLayout.stageResult('flights', 'transform', 'd'),
  trained: lakeLayout.stageResult('flights', 'train', 'd'),
  evaluated: lakeLayout.stageArtifact('flights', 'evaluate', 'd', 'report.json'),
  summary: lakeLayout.runSummary('flights', 'r'),
  report: lakeLayout.report('flights', 'r', 'html'),
  history: lakeLayout.runHistory('flights'),
  trainingProfile: lakeLayout.trainingProfile('flights', 'd'),
  ledgerEntry: lakeLayout.ledgerEntry('flights', 'd'),
  ledgerHead: lakeLayout.ledgerHead('flights', 'd'),
  quarantine: lakeLayout.quarantine('flights', 'd'),
  model: lakeLayout.modelArtifact('flights', 'd', 'model.onnx'),
  version: lakeLayout.modelVersion('flights', 1),
  alias: lakeLayout.modelAlias('flights', 'champion'),
};

test.each(Object.entries(KEYS))('%s lies under exactly one published prefix', (_name, key) => {
  expect(placeOf(key)).toHaveLength(1);
});

test('checkpoints and what landed are not published', () => {
  expect(placeOf(lakeLayout.checkpoints('flights', 'd'))).toEqual([]);
  expect(placeOf(`${lakeLayout.landingPrefix('flights')}a.csv`)).toEqual([]);
});

test.each<[keyof typeof KEYS, keyof typeof KEYS]>([
  ['summary', 'version'],
  ['alias', 'version'],
  ['version', 'evaluated'],
  ['version', 'model'],
  ['version', 'plan'],
  ['ledgerEntry', 'ledgerHead'],
  ['ledgerHead', 'batch'],
  ['evaluated', 'trained'],
  ['trained', 'transformed'],
  ['trained', 'model'],
  ['transformed', 'features'],
  ['transformed', 'validated'],
  ['validated', 'ingested'],
  ['validated', 'quarantine'],
  ['features', 'clean'],
  ['currentPlan', 'plan'],
])('%s is listed before %s, to which it refers', (referrer, target) => {
  expect(placeOf(KEYS[referrer])[0]).toBeLessThan(placeOf(KEYS[target])[0]!);
});

test('the log of a table sorts before its data', () => {
  const table = lakeLayout.table('flights', 'clean');
  expect(`${table}/_delta_log/9` < `${table}/year=2013/`).toBe(true);
});
