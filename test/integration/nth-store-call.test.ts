// The n-th call to the store goes wrong, for every n in a run, and the activity is tried again as Temporal would.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { withFaults } from '../../src/adapters/object-store/fault-injecting';
import { createMemoryObjectStore, type MemoryObjectStore } from '../../src/adapters/object-store/memory';
import { TransientFailure } from '../../src/ports/failures';
import type { ObjectStore } from '../../src/ports/object-store';
import {
  FLIGHT_STEPS,
  landFlights,
  TRANSFORM_IN_GROUPS,
  type Step,
  type StepState,
} from '../support/flight-steps';

/** What goes wrong at a call: `open` alone has a body that can be damaged on its way. */
const FAULTS = {
  'the call fails': 'fail:*:*',
  'the call works and its answer is lost': 'lose:*:*',
  'the body ends half-way': 'cut:open:*',
  'a byte of the body changes on its way': 'flip:open:*',
};

interface Scene {
  readonly step: Step;
  /** The store before the step. */
  readonly before: MemoryObjectStore;
  readonly state: StepState;
  /** What the step leaves in the store when nothing goes wrong. */
  readonly published: Readonly<Record<string, string>>;
}

let scratch: string;
let markers = 0;
let scenes: readonly Scene[];

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'millrace-nth-'));
  scenes = await undisturbedRun();
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function undisturbedRun(): Promise<readonly Scene[]> {
  const store = createMemoryObjectStore({ nowMs: () => Date.UTC(2020, 0, 1) });
  let state = await landFlights(store);
  const played: Scene[] = [];
  for (const step of FLIGHT_STEPS) {
    const before = store.fork();
    const given = state;
    state = { ...state, ...(await step.run({ store, scratch, state })) };
    played.push({ step, before, state: given, published: await contentOf(store) });
  }
  return [...played, await inGroups(played)];
}

async function inGroups(played: readonly Scene[]): Promise<Scene> {
  const { before, state } = played.find(({ step }) => step.name === 'transform')!;
  const store = before.fork();
  await TRANSFORM_IN_GROUPS.run({ store, scratch, state });
  return { step: TRANSFORM_IN_GROUPS, before, state, published: await contentOf(store) };
}

/** A group does what the others do: every call of all of them would take minutes. */
const STRIDE = 5;
const STEPS = [...FLIGHT_STEPS, TRANSFORM_IN_GROUPS];

/** Claims, and how far an attempt at a group came. */
const PASSING = /\/claims\/|\/work\/[^/]+\/\d+\//;

/** Every object of lake and backup by the hash of its content, but what is passing. */
async function contentOf(store: ObjectStore): Promise<Readonly<Record<string, string>>> {
  const content: Record<string, string> = {};
  for (const bucket of ['lake', 'backup']) {
    for await (const { key, etag } of store.list(bucket, '')) {
      if (!PASSING.test(key)) content[`${bucket}/${key}`] = etag;
    }
  }
  return content;
}

/** As Temporal would: a technical failure is tried again, a permanent one ends the run and so fails the test. */
async function untilDone(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof TransientFailure)) throw error;
    }
  }
}

test('an undisturbed run publishes tables, a model, its aliases and a snapshot', () => {
  const keys = Object.keys(scenes[FLIGHT_STEPS.length - 1]?.published ?? {});
  for (const part of [
    'tables/flights/clean/_delta_log',
    'registry/flights/versions',
    'aliases/champion',
    'snapshots',
  ])
    expect(keys.filter((key) => key.includes(part))).toHaveLength(1);
});

test('a batch in groups leaves the tables that one activity leaves', () => {
  const tablesOf = (step: string): readonly (readonly [string, string])[] =>
    Object.entries(scenes.find((scene) => scene.step.name === step)?.published ?? {}).filter(([key]) =>
      key.includes('/tables/'),
    );
  expect(tablesOf('transform in groups')).toEqual(tablesOf('transform'));
  const keys = Object.keys(scenes.at(-1)?.published ?? {});
  expect(keys.filter((key) => /\/work\/[^/]+\/\d+\.json$/.test(key))).toHaveLength(3);
});

describe.each(Object.entries(FAULTS))('%s', (_name, rule) => {
  test.each(STEPS.map(({ name }, index) => ({ name, index })))(
    'at each call of $name: after a retry the lake holds what it would hold anyway',
    async ({ index }) => {
      const { step, before, state, published } = scenes[index]!;
      let struck = 0;
      for (let call = 1; ; call += step === TRANSFORM_IN_GROUPS ? STRIDE : 1) {
        const store = before.fork();
        const markerDirectory = path.join(scratch, `markers-${markers++}`);
        const faulty = withFaults(store, `${rule}@${call}`, { markerDirectory });
        await untilDone(() => step.run({ store: faulty, scratch, state }));
        expect({ call, content: await contentOf(store) }).toEqual({ call, content: published });
        if (!existsSync(markerDirectory)) break;
        struck += 1;
      }
      // Only writes have an answer that can be lost, and loading a model only reads.
      if (rule.startsWith('fail:')) expect(struck).toBeGreaterThan(0);
    },
  );
});
