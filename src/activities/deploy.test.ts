import { createMemoryObjectStore } from '../adapters/object-store/memory';
import { LAKE, PIPELINE, registerModel } from '../../test/support/registered-models';
import { readAlias } from '../lake/registry';
import { TransientFailure } from '../ports/failures';
import type { GoldenCheck, ServingAdmin } from '../ports/serving-admin';
import { createDeployActivities } from './deploy';

const store = createMemoryObjectStore();
const calls: string[] = [];
let live: number | undefined;
let check: GoldenCheck;
/** Runs once, at the call whose name it is given under. */
let disturbance: Readonly<Record<string, () => void>> = {};

/** Takes the call down, then answers; a disturbance may throw. */
function answer<T>(call: string, value: () => T): Promise<T> {
  calls.push(call);
  const disturb = disturbance[call];
  if (disturb !== undefined) disturbance = {};
  return Promise.resolve(disturb).then((run) => {
    run?.();
    return value();
  });
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
const input = (version: number) => ({ pipeline: PIPELINE, version, goldenTolerance: 1e-5 });
const champion = async (): Promise<number | undefined> =>
  (await readAlias(store, LAKE, PIPELINE, 'champion'))?.version;

beforeAll(async () => {
  await registerModel(store, 'v1');
  await registerModel(store, 'v2');
});

beforeEach(async () => {
  check = { rows: 64, maxDifference: 1e-7 };
  disturbance = {};
  await deploy.restoreModel({ pipeline: PIPELINE });
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
    await expect(deploy.activateModel(input(2))).rejects.toMatchObject({ code: 'DeployCheckFailed' });
    expect(await champion()).toBe(1);
    await deploy.restoreModel({ pipeline: PIPELINE, previousVersion: 1 });
    expect([live, await champion()]).toEqual([1, 1]);
  });

  it('asks for a retry when the server came back with another version meanwhile', async () => {
    await deploy.activateModel(input(1));
    disturbance = { 'check 2': () => (live = 1) };
    await expect(deploy.activateModel(input(2))).rejects.toBeInstanceOf(TransientFailure);
    await deploy.activateModel(input(2));
    expect([live, await champion()]).toEqual([2, 2]);
  });

  it('restores to none when nothing was live before', async () => {
    await deploy.activateModel(input(1));
    await deploy.restoreModel({ pipeline: PIPELINE });
    expect([live, await champion()]).toEqual([undefined, undefined]);
  });

  it('puts the alias back even when the server is down', async () => {
    await deploy.activateModel(input(1));
    await deploy.activateModel(input(2));
    disturbance = {
      'activate 1': () => {
        throw new TransientFailure('ServingUnavailable', 'down');
      },
    };
    await expect(deploy.restoreModel({ pipeline: PIPELINE, previousVersion: 1 })).rejects.toThrow('down');
    expect(await champion()).toBe(1);
  });
});
