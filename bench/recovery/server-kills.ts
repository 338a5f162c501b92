// Kills of the servers under a stream of small requests: each server's own work.
import { setTimeout as sleep } from 'node:timers/promises';
import { createIntakeClient } from '../../src/client/intake-client';
import { readStackState } from '../../src/dev/stack-state';
import { workflowTaskAfter } from './worker-kills';
import { allReady, kill } from './kill';
import { sampleOf, type Sample, type Scene } from './scene';

export const SERVERS = ['receiver', 'serving', 'object-store', 'temporal'] as const;
type ServerKind = (typeof SERVERS)[number];

const PROBE_INTERVAL_MS = 25;
const PROBE_TIMEOUT_MS = 2_000;
const LATEST_KILL_MS = 500;
const GIVE_UP_MS = 120_000;

interface Probe {
  readonly during: string;
  /** One request; rejects when it is not served. */
  readonly ask: (scene: Scene) => Promise<void>;
}

/** What each server is asked for; the first answer after the kill is its progress. */
const PROBES: Readonly<Record<ServerKind, Probe>> = {
  receiver: { during: 'events', ask: postEvent },
  serving: { during: 'predictions', ask: predict },
  'object-store': { during: 'reads', ask: readPlan },
  temporal: { during: 'signals', ask: signalIntake },
};

/** One server: to its first good answer; for Temporal, to the first workflow task that a worker has completed. */
export async function killServer(scene: Scene, kind: ServerKind): Promise<Sample> {
  const { stack, random } = scene;
  const { during, ask } = PROBES[kind];
  await allReady(stack.state);
  const stopped = new AbortController();
  const traffic = keepAsking(scene, ask, stopped.signal);
  const killedMs = await kill(stack.state, kind, random() * LATEST_KILL_MS);
  if (killedMs === undefined) throw new Error(`${kind} ended by itself`);
  const answeredMs = await firstAnswer(scene, ask);
  const goesOnMs = kind === 'temporal' ? await workflowTaskAfter(scene, killedMs) : answeredMs;
  stopped.abort();
  await traffic;
  await allReady(stack.state);
  return sampleOf(kind, during, killedMs, goesOnMs);
}

async function keepAsking(scene: Scene, ask: Probe['ask'], stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    await ask(scene).catch(() => undefined);
    await sleep(PROBE_INTERVAL_MS);
  }
}

async function firstAnswer(scene: Scene, ask: Probe['ask']): Promise<number> {
  const deadline = performance.now() + GIVE_UP_MS;
  for (;;) {
    try {
      await ask(scene);
      return Date.now();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(PROBE_INTERVAL_MS);
    }
  }
}

async function postEvent({ pipeline, stack }: Scene): Promise<void> {
  const { ports, webhookToken } = readStackState(stack.state) ?? fail('The stack has no state');
  const key = `raw/${pipeline}/trips.csv`;
  const record = {
    eventSource: 'aws:s3',
    eventName: 's3:ObjectCreated:Put',
    s3: { bucket: { name: 'lake' }, object: { key, versionId: null, sequencer: '1' } },
  };
  await post(`http://127.0.0.1:${ports.receiver}/hooks/s3/${webhookToken}`, { Records: [record] });
}

async function predict({ pipeline, stack }: Scene): Promise<void> {
  const instance = { zone: 'north', km: 3, started: '2024-01-20T17:00:00Z', id: 1 };
  const url = new URL(`/predict/${pipeline}`, stack.session.settings.serving.url);
  await post(url, { instances: [instance] });
}

async function post(url: string | URL, body: object): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) fail(`HTTP ${response.status}`);
}

async function readPlan({ pipeline, stack }: Scene): Promise<void> {
  await stack.session.plans.currentDigest(pipeline);
}

async function signalIntake({ client, pipeline }: Scene): Promise<void> {
  await client.withDeadline(Date.now() + PROBE_TIMEOUT_MS, () => createIntakeClient(client).resume(pipeline));
}

function fail(message: string): never {
  throw new Error(message);
}
