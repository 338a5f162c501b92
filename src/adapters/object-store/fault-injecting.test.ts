import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ObjectStore } from '../../ports/object-store';
import { SLOW_NETWORK, withFaults } from './fault-injecting';
import { parseFaultRules } from './fault-rules';
import { createMemoryObjectStore } from './memory';

const AT = { bucket: 'lake', key: 'runs/a/b.json' };
const BODY = { kind: 'bytes', bytes: Buffer.from('0123456789') } as const;

describe('a fault-injecting store', () => {
  let markerDirectory: string;
  let plain: ObjectStore;
  let kill: jest.Mock<undefined, [], unknown>;
  const faulty = (faults: string): ObjectStore => withFaults(plain, faults, { markerDirectory, kill });
  const textOf = async (store: ObjectStore): Promise<string> => {
    const { body } = await store.open(AT);
    return Buffer.concat((await body.toArray()) as Uint8Array[]).toString();
  };

  beforeEach(async () => {
    markerDirectory = await mkdtemp(path.join(tmpdir(), 'millrace-faults-'));
    plain = createMemoryObjectStore();
    kill = jest.fn<undefined, [], unknown>();
  });
  afterEach(() => rm(markerDirectory, { recursive: true }));

  test('without a matching rule everything passes', async () => {
    const store = faulty('fail:put:other/*;kill-after:head:runs/*');
    await store.put(AT, BODY);
    expect(await textOf(store)).toBe('0123456789');
    expect(kill).not.toHaveBeenCalled();
  });

  test('fail refuses the call as often as asked, also over restarts, and then lets it pass', async () => {
    const faults = 'fail:put:runs/*.json:3';
    const failure = {
      code: 'StoreUnavailable',
      message: expect.stringContaining('Injected fault') as string,
    };
    await expect(faulty(faults).put(AT, BODY)).rejects.toMatchObject(failure);
    const restarted = faulty(faults);
    await expect(restarted.put(AT, BODY)).rejects.toMatchObject(failure);
    await expect(restarted.put(AT, BODY)).rejects.toMatchObject(failure);
    await expect(restarted.put(AT, BODY)).resolves.toMatchObject({ bytes: 10 });
  });

  test('kill-before strikes before the call has an effect', async () => {
    kill.mockImplementation(() => {
      throw new Error('killed');
    });
    await expect(faulty('kill-before:createIfAbsent:runs/*').createIfAbsent(AT, BODY)).rejects.toThrow(
      'killed',
    );
    await expect(plain.head(AT)).rejects.toMatchObject({ code: 'NotFound' });
  });

  test('pause-before pauses before the call, which then goes on', async () => {
    const standing: boolean[] = [];
    const pause = (): void => void standing.push(true);
    const store = withFaults(plain, 'pause-before:put:runs/*', { markerDirectory, pause });
    await store.put(AT, BODY);
    await store.put(AT, BODY);
    expect(standing).toHaveLength(1);
    expect(await plain.head(AT)).toMatchObject({ bytes: 10 });
  });

  test('slow delays every call and paces the bodies, and changes nothing else', async () => {
    const waits: number[] = [];
    const wait = (ms: number): Promise<void> => Promise.resolve(void waits.push(ms));
    const store = withFaults(plain, 'slow:*:runs/*', { markerDirectory, wait });
    const bytes = Buffer.alloc(SLOW_NETWORK.bytesPerSecond, 'x');
    await store.put(AT, { kind: 'bytes', bytes });
    await store.put(AT, { kind: 'bytes', bytes });
    expect(waits.splice(0)).toEqual([1_200, 1_200]);
    expect(await textOf(store)).toBe(bytes.toString());
    expect(waits.splice(0).reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(1_200);
    await expect(store.put({ bucket: 'lake', key: 'other' }, BODY)).resolves.toMatchObject({ bytes: 10 });
    expect(waits).toEqual([]);
  });

  test('kill-after strikes once the call has had its effect, and not again after a restart', async () => {
    const faults = 'kill-after:createIfAbsent:runs/*';
    kill.mockImplementation(() => {
      throw new Error('killed');
    });
    await expect(faulty(faults).createIfAbsent(AT, BODY)).rejects.toThrow('killed');
    expect(await plain.head(AT)).toMatchObject({ bytes: 10 });
    expect(await faulty(faults).createIfAbsent(AT, BODY)).toMatchObject({ created: false });
    expect(kill).toHaveBeenCalledTimes(1);
  });

  test('kill-after open strikes when half of the body was read', async () => {
    const bytes = new Uint8Array(1_000_000);
    await plain.put(AT, { kind: 'bytes', bytes });
    const { body } = await faulty('kill-after:open:*').open(AT);
    let readBytes = 0;
    let readAtKill = -1;
    kill.mockImplementation(() => {
      readAtKill = readBytes;
      return undefined;
    });
    for await (const chunk of body) readBytes += (chunk as Uint8Array).length;
    expect(readBytes).toBe(bytes.length);
    expect(readAtKill).toBeGreaterThan(250_000);
    expect(readAtKill).toBeLessThan(750_000);
  });

  test('flip changes one byte of the opened body, once', async () => {
    await plain.put(AT, BODY);
    const store = faulty('flip:open:runs/*');
    expect(await textOf(store)).toBe('0123446789');
    expect(await textOf(store)).toBe('0123456789');
  });

  test('cut ends an opened body in its middle with a technical failure, once', async () => {
    await plain.put(AT, BODY);
    const store = faulty('cut:open:runs/*');
    const { body } = await store.open(AT);
    let readBytes = 0;
    const readAll = async (): Promise<void> => {
      for await (const chunk of body) readBytes += (chunk as Uint8Array).length;
    };
    await expect(readAll()).rejects.toMatchObject({ code: 'StoreUnavailable' });
    expect(readBytes).toBeLessThan(6);
    expect(await textOf(store)).toBe('0123456789');
  });

  test('lose fails a call that had its effect', async () => {
    const store = faulty('lose:createIfAbsent:runs/*;lose:open:*;lose:list:runs/');
    await expect(store.createIfAbsent(AT, BODY)).rejects.toMatchObject({ code: 'StoreUnavailable' });
    expect(await store.createIfAbsent(AT, BODY)).toMatchObject({ created: false });
    await expect(store.open(AT)).rejects.toMatchObject({ code: 'StoreUnavailable' });
    expect(await textOf(store)).toBe('0123456789');
    const listAll = async (): Promise<void> => {
      for await (const object of store.list('lake', 'runs/')) expect(object.key).toBe(AT.key);
    };
    await expect(listAll()).rejects.toMatchObject({ code: 'StoreUnavailable' });
    await listAll();
  });

  test('@n strikes at the n-th matching call, whatever its method', async () => {
    const store = faulty('fail:*:runs/*@3');
    await store.put(AT, BODY);
    await store.head(AT);
    await expect(store.head(AT)).rejects.toMatchObject({ code: 'StoreUnavailable' });
    await store.head(AT);
  });

  test('list and copy match their prefix and their target', async () => {
    await plain.put(AT, BODY);
    const store = faulty('fail:list:runs/;fail:copy:target/*');
    const listAll = async (): Promise<void> => {
      for await (const object of store.list('lake', 'runs/')) expect(object.key).toBe(AT.key);
    };
    await expect(listAll()).rejects.toMatchObject({ code: 'StoreUnavailable' });
    await expect(listAll()).resolves.toBeUndefined();
    const target = { bucket: 'lake', key: 'target/x' };
    await expect(store.copy(AT, target)).rejects.toMatchObject({ code: 'StoreUnavailable' });
    await expect(store.copy(AT, target)).resolves.toMatchObject(target);
  });
});

describe('fault rules', () => {
  test('keys may hold colons, blanks and characters that mean something in patterns', () => {
    const [rule] = parseFaultRules(' fail:put:a:b (1).c*:2 ; ');
    expect(rule).toMatchObject({ kind: 'fail', method: 'put', times: 2 });
    expect(rule?.keys.test('a:b (1).c/d')).toBe(true);
    expect(rule?.keys.test('a:b (1)xc/d')).toBe(false);
  });

  test.each([
    ['fail', 'expected kind:method:keys'],
    ['explode:put:*', 'kind must be one of kill-before'],
    ['fail:putt:*', 'method must be one of head'],
    ['flip:put:*', 'flip works on open only'],
    ['cut:*:*', 'cut works on open only'],
    ['fail:put:*@0', 'from must be at least 1'],
    ['fail:put:*:0', 'times must be at least 1'],
  ])('the rule %p is refused with a reason', (rule, reason) => {
    expect(() => parseFaultRules(rule)).toThrow(reason);
  });

  test('the same rule twice strikes twice', () => {
    const [first, second] = parseFaultRules('fail:put:*;fail:put:*');
    expect(first?.id).not.toBe(second?.id);
  });
});
