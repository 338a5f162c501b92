// A real inference server (real engine, real ONNX Runtime, real HTTP) over any store.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createOnnxScorer } from '../../src/adapters/model-scorer/onnx';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import { createPlanLibrary } from '../../src/lake/plans';
import type { ObjectStore } from '../../src/ports/object-store';
import { createInferenceServer } from '../../src/serving/inference-server';
import { LAKE } from './registered-models';

export const ADMIN_TOKEN = 'test-admin-token';

export interface TestServing {
  readonly url: string;
  /** What the server reported as faults. */
  readonly problems: readonly string[];
  readonly stop: () => Promise<void>;
}

export async function startTestServing(store: ObjectStore, port = 0): Promise<TestServing> {
  const directory = await mkdtemp(path.join(tmpdir(), 'millrace-serving-'));
  const problems: string[] = [];
  const server = createInferenceServer({
    store,
    lakeBucket: LAKE,
    plans: createPlanLibrary(store, LAKE),
    engine: createDuckDbEngine(),
    scorer: createOnnxScorer(),
    directory,
    adminToken: ADMIN_TOKEN,
    serverVersion: '0.0.0-test',
    report: (message) => problems.push(message),
  });
  const bound = await server.listen(port);
  await server.restore();
  return {
    url: `http://127.0.0.1:${bound}`,
    problems,
    stop: async () => {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

export async function post(
  serving: TestServing,
  address: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${serving.url}${address}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json(), headers: response.headers };
}

export async function get(serving: TestServing, address: string): Promise<Answer> {
  const response = await fetch(`${serving.url}${address}`);
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
}
