import { createMemoryObjectStore } from '../adapters/object-store/memory';
import { LAKE, PIPELINE, registerModel } from '../../test/support/registered-models';
import { readAlias, swapAlias } from '../lake/registry';
import { TransientFailure } from '../ports/failures';
import type { GoldenCheck, ServingAdmin } from '../ports/serving-admin';
import { createDeployActivities } from './deploy';

const store = createMemoryObjectStore();
const calls: string[] = [];
let live: number | undefined;
let check: GoldenCheck;
/** Runs once, at the call whose name it is given under. */
let disturbance: Readonly<Record<string, () => unknown>> = {};

/** Takes the call down, then answers; a disturbance may throw. */
async function answer<T>(call: string, value: () => T): Promise<T> {
  calls.push(call);
  const disturb = disturbance[call];
  if (disturb !== undefined) disturbance = {};
  await disturb?.();
  return value();
}

const serving: ServingAdmin = {
  load: (_pipeline, version) => answer(`load ${version}`, () => undefined),
  checkGolden: (_pipeline, version) => answer(`check ${version}`, () => check),
  activate: (_pipeline, version) => {
    live = version;
    return answer(`activate ${version}`, () => undefined);
  },
  deactivate: () => {
    live = undefined;
    return answer('deactivate', () => undefined);
  },
  status: () =>
    answer('status', () => ({
      ...(live === undefined ? {} : { liveVersion: live }),
      loadedVersions: [],
    })),
};
const deploy = createDeployActivities({ store, lakeBucket: LAKE, serving });
const input = (version: number, expectedChampion?: number) => ({
  pipeline: PIPELINE,
  version,
  goldenTolerance: 1e-5,
  ...(expectedChampion === undefined ? {} : { expectedChampion }),
});
const setChampion = (version: number): Promise<void> => swapAlias(store, LAKE, PIPELINE, 'champion', version);
const champion = async (): Promise<number | undefined> =>
  (await readAlias(store, LAKE, PIPELINE, 'champion'))?.version;

beforeAll(async () => {
  await registerModel(store, 'v1');
  await registerModel(store, 'v2');
  await registerModel(store, 'v1', { golden: 'v2' });
});

beforeEach(async () => {
  check = { rows: 64, maxDifference: 1e-7 };
  disturbance = {};
  live = undefined;
  await setChampion(0);
  calls.length = 0;
});

describe('createDeployActivities', () => {
  it('brings a version live and remembers which one was before', async () => {
    expect(await deploy.loadModel(input(1))).toEqual({});
    expect(await deploy.checkModel(input(1))).toEqual(check);
    await deploy.activateModel(input(1));
    expect(await champion()).toBe(1);
    expect(await deploy.loadModel(input(2))).toEqual({ previousVersion: 1 });
    expect(calls).toEqual(['load 1', 'check 1', 'activate 1', 'check 1', 'status', 'load 2']);
  });

  it('gives the same when a step is repeated', async () => {
    await deploy.activateModel(input(1));
    await deploy.activateModel(input(1));
    expect([live, await champion()]).toEqual([1, 1]);
  });

  it.each([2e-5, Infinity, NaN, null as unknown as number])(
    'fails the golden check at a difference of %s',
    async (maxDifference) => {
      check = { rows: 64, maxDifference };
      await expect(deploy.checkModel(input(1))).rejects.toMatchObject({ code: 'DeployCheckFailed' });
    },
  );

  it('leaves the alias alone when the endpoint fails its probe', async () => {
    await deploy.activateModel(input(1));
    check = { rows: 64, maxDifference: 1 };
    await expect(deploy.activateModel(input(2, 1))).rejects.toMatchObject({ code: 'DeployCheckFailed' });
    expect([live, await champion()]).toEqual([2, 1]);
    await deploy.restoreModel({ pipeline: PIPELINE, version: 2, previousVersion: 1 });
    expect([live, await champion()]).toEqual([1, 1]);
  });

  it('asks for a retry when the server came back with another version meanwhile', async () => {
    await deploy.activateModel(input(1));
    disturbance = { 'check 2': () => (live = 1) };
    await expect(deploy.activateModel(input(2, 1))).rejects.toBeInstanceOf(TransientFailure);
    await deploy.activateModel(input(2, 1));
    expect([live, await champion()]).toEqual([2, 2]);
  });

  it('restores to none when nothing was live before', async () => {
    await deploy.activateModel(input(1));
    await deploy.restoreModel({ pipeline: PIPELINE, version: 1 });
    expect([live, await champion()]).toEqual([undefined, undefined]);
  });

  it('puts the alias back even when the server is down', async () => {
    await deploy.activateModel(input(1));
    await deploy.activateModel(input(2, 1));
    disturbance = {
      'activate 1': () => {
        throw new TransientFailure('ServingUnavailable', 'down');
      },
    };
    const restored = deploy.restoreModel({ pipeline: PIPELINE, version: 2, previousVersion: 1 });
    await expect(restored).rejects.toThrow('down');
    expect(await champion()).toBe(1);
  });

  it('refuses before any traffic moves when another model went live since the decision', async () => {
    await deploy.activateModel(input(3));
    calls.length = 0;
    for (const stale of [input(2), input(2, 1)]) {
      await expect(deploy.activateModel(stale)).rejects.toMatchObject({
        code: 'DeployCheckFailed',
        message: expect.stringContaining('Another model went live meanwhile') as string,
      });
    }
    await deploy.restoreModel({ pipeline: PIPELINE, version: 2, previousVersion: 1 });
    expect(calls).toEqual(['status']);
    expect([live, await champion()]).toEqual([3, 3]);
  });

  it('loses the swap when another deployment takes the alias between its check and its move', async () => {
    await deploy.activateModel(input(1));
    disturbance = { 'check 2': () => setChampion(3) };
    await expect(deploy.activateModel(input(2, 1))).rejects.toMatchObject({ code: 'CommitConflict' });
    expect([live, await champion()]).toEqual([2, 3]);
    await expect(deploy.activateModel(input(2, 1))).rejects.toMatchObject({ code: 'DeployCheckFailed' });
    await deploy.restoreModel({ pipeline: PIPELINE, version: 2, previousVersion: 1 });
    expect([live, await champion()]).toEqual([3, 3]);
  });

  it('leaves the traffic of another deployment alone that has not moved the alias yet', async () => {
    await deploy.activateModel(input(1));
    await deploy.activateModel(input(2, 1));
    live = 3;
    await deploy.restoreModel({ pipeline: PIPELINE, version: 2, previousVersion: 1 });
    expect([live, await champion()]).toEqual([3, 1]);
  });
});
