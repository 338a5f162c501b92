// Versions change under load: no request fails, and every answer is that of the version it names.
import { createMemoryObjectStore } from '../../src/adapters/object-store/memory';
import { createHttpServingAdmin } from '../../src/adapters/serving-admin/http';
import { swapAlias } from '../../src/lake/registry';
import { LATE_FLIGHT } from '../support/flight-instances';
import { LAKE, PIPELINE, registerModel } from '../support/registered-models';
import { ADMIN_TOKEN, get, post, startTestServing, type TestServing } from '../support/test-serving';

const CLIENTS = 8;
const REQUESTS_PER_CLIENT = 60;

const store = createMemoryObjectStore();
let serving: TestServing;

beforeAll(async () => {
  await registerModel(store, 'v1');
  await registerModel(store, 'v2');
  await swapAlias(store, LAKE, PIPELINE, 'champion', 1);
  serving = await startTestServing(store);
});
afterAll(() => serving.stop());

interface Observed {
  readonly status: number;
  readonly version: number;
  readonly prediction: number;
}

async function predict(): Promise<Observed> {
  const { status, body } = await post(serving, '/predict/flights', { instances: [LATE_FLIGHT] });
  const { modelVersion, predictions } = body as { modelVersion: number; predictions: number[] };
  return { status, version: modelVersion, prediction: predictions[0]! };
}

async function client(): Promise<readonly Observed[]> {
  const answers: Observed[] = [];
  for (let sent = 0; sent < REQUESTS_PER_CLIENT; sent += 1) answers.push(await predict());
  return answers;
}

test('switching versions under load drops no request and mixes no answer', async () => {
  const admin = createHttpServingAdmin({ url: serving.url, adminToken: ADMIN_TOKEN });
  const ended = new AbortController();
  const load = Promise.all(Array.from({ length: CLIENTS }, client)).finally(() => {
    ended.abort();
  });
  let switches = 0;
  while (!ended.signal.aborted) {
    await admin.activate(PIPELINE, switches % 2 === 0 ? 2 : 1);
    switches += 1;
  }
  const answers = (await load).flat();

  expect(answers).toHaveLength(CLIENTS * REQUESTS_PER_CLIENT);
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(switches).toBeGreaterThan(3);
  const byVersion = (version: number): readonly number[] =>
    answers.filter((answer) => answer.version === version).map(({ prediction }) => prediction);
  expect(byVersion(1).length).toBeGreaterThan(0);
  expect(byVersion(2).length).toBeGreaterThan(0);
  expect(new Set(byVersion(1)).size).toBe(1);
  expect(new Set(byVersion(2)).size).toBe(1);
  expect(byVersion(1)[0]).not.toBe(byVersion(2)[0]);
  const status = await admin.status(PIPELINE);
  expect(status.loadedVersions).toEqual([status.liveVersion]);
  expect(serving.problems).toEqual([]);
});

test('two activations at once leave one of them live and answering', async () => {
  const admin = createHttpServingAdmin({ url: serving.url, adminToken: ADMIN_TOKEN });
  await Promise.all([1, 2, 1, 2].map((version) => admin.activate(PIPELINE, version)));
  const status = await admin.status(PIPELINE);
  expect(status.loadedVersions).toEqual([status.liveVersion]);
  expect(await predict()).toMatchObject({ status: 200, version: status.liveVersion });
});

test('a closing server finishes the requests under way', async () => {
  const closing = await startTestServing(store);
  const answers = Array.from({ length: 20 }, () =>
    post(closing, '/predict/flights', { instances: [LATE_FLIGHT] }),
  );
  // One answer has arrived: the server is working on the others.
  await Promise.race(answers);
  const stopped = closing.stop();
  const settled = await Promise.allSettled(answers);
  await stopped;
  const statuses = settled.map((result) => (result.status === 'fulfilled' ? result.value.status : 'dropped'));
  expect(statuses.every((status) => status === 200 || status === 503)).toBe(true);
  await expect(get(closing, '/ping')).rejects.toThrow();
  // Far below the 72 s for which a connection is kept alive.
}, 30_000);
