import { PermanentFailure } from '../ports/failures';
import type { ModelLoader } from './model-loader';
import { createModelPool } from './model-pool';
import { createModelSlots } from './model-slots';
import type { ServedModel } from './served-model';

const closed: number[] = [];
const loaded: number[] = [];
const problems: string[] = [];

const loadFake: ModelLoader = (pipeline, version) => {
  loaded.push(version);
  if (version === 13) return Promise.reject(new PermanentFailure('IntegrityError', 'damaged'));
  const close = (): Promise<void> => {
    closed.push(version);
    return version === 9 ? Promise.reject(new Error('stuck')) : Promise.resolve();
  };
  return Promise.resolve({ pipeline, version, close } as unknown as ServedModel);
};

const newSlots = () => createModelSlots(loadFake, (problem) => problems.push(problem));

beforeEach(() => {
  closed.length = 0;
  loaded.length = 0;
  problems.length = 0;
});

function gate(): { readonly open: () => void; readonly passed: Promise<void> } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
}

describe('createModelSlots', () => {
  it('loads a version once however often and at once it is asked for', async () => {
    const slots = newSlots();
    await Promise.all([slots.load('p', 1), slots.load('p', 1)]);
    await slots.load('p', 1);
    expect(loaded).toEqual([1]);
  });

  it('tries again after a load that failed', async () => {
    const slots = newSlots();
    await expect(slots.load('p', 13)).rejects.toThrow('damaged');
    await expect(slots.load('p', 13)).rejects.toThrow('damaged');
    expect(loaded).toEqual([13, 13]);
  });

  it('closes a retired version only when its last request is through', async () => {
    const slots = newSlots();
    await slots.load('p', 1);
    await slots.load('other', 1);
    const first = gate();
    const second = gate();
    const uses = [first, second].map(({ passed }) => slots.use('p', 1, () => passed));
    slots.retireOthers('p', undefined);
    expect(slots.has('p', 1)).toBe(false);
    expect(slots.has('other', 1)).toBe(true);
    first.open();
    await uses[0];
    expect(closed).toEqual([]);
    second.open();
    await uses[1];
    expect(closed).toEqual([1]);
  });

  it('closes a retired version after a request that failed', async () => {
    const slots = newSlots();
    await slots.load('p', 1);
    const use = slots.use('p', 1, () => {
      slots.retireOthers('p', undefined);
      return Promise.reject(new Error('bad request'));
    });
    await expect(use).rejects.toThrow('bad request');
    expect(closed).toEqual([1]);
  });

  it('reports a model that cannot be closed and goes on', async () => {
    const slots = newSlots();
    await slots.load('p', 9);
    await slots.close();
    expect(problems).toEqual(['Closing p@9 failed: Error: stuck']);
  });
});

describe('createModelPool', () => {
  it('answers with the live version, and with none before the first activation', async () => {
    const lives: unknown[] = [];
    const pool = createModelPool(newSlots(), (_pipeline, version) => lives.push(version));
    const ask = () => pool.use('p', undefined, (model) => Promise.resolve(model.version));
    await expect(ask()).rejects.toMatchObject({ code: 'NotFound' });
    await pool.activate('p', 1);
    await pool.load('p', 2);
    await expect(ask()).resolves.toBe(1);
    await pool.activate('p', 2);
    await expect(ask()).resolves.toBe(2);
    expect(closed).toEqual([1]);
    pool.deactivate('p');
    await expect(ask()).rejects.toMatchObject({ code: 'NotFound' });
    expect(lives).toEqual([1, 2, undefined]);
  });

  it('leaves the live version alone when the next one cannot be loaded', async () => {
    const pool = createModelPool(newSlots(), () => undefined);
    await pool.activate('p', 1);
    await expect(pool.activate('p', 13)).rejects.toThrow('damaged');
    expect(pool.status('p')).toEqual({ liveVersion: 1, loadedVersions: [1] });
  });

  it('never ends with a live version that is not loaded', async () => {
    const pool = createModelPool(newSlots(), () => undefined);
    await Promise.all([1, 2, 3, 1, 2].map((version) => pool.activate('p', version)));
    const { liveVersion, loadedVersions } = pool.status('p');
    expect(loadedVersions).toEqual([liveVersion]);
  });
});
