import type { QueryEngine, QuerySession } from '../ports/query-engine';
import { createEnginePool } from './engine-pool';

const ENGINE_OPTIONS = { memoryLimitMegabytes: 512, threads: 2 };

/** Counts what is opened, cleared and closed. */
function countingEngine(clear: () => Promise<void> = () => Promise.resolve()) {
  const calls: string[] = [];
  let opened = 0;
  const engine: QueryEngine = {
    version: 'counting',
    open: ({ memoryLimitMegabytes, threads }) => {
      const name = `${(opened += 1)} (${memoryLimitMegabytes} MB, ${threads} thread)`;
      calls.push(`open ${name}`);
      const session: Pick<QuerySession, 'clear' | 'close'> = {
        clear: () => {
          calls.push(`clear ${name}`);
          return clear();
        },
        close: () => {
          calls.push(`close ${name}`);
          return Promise.resolve();
        },
      };
      return Promise.resolve(session as QuerySession);
    },
  };
  return { calls, pool: createEnginePool({ engine, engineOptions: ENGINE_OPTIONS }, '/scratch') };
}

describe('the pool of engines', () => {
  it('keeps an engine for the next piece of work with the same memory, cleared, and closes it at the end', async () => {
    const { calls, pool } = countingEngine();
    expect(await pool.use(256, () => Promise.resolve('done'))).toBe('done');
    await pool.use(256, () => Promise.resolve());
    await pool.use(512, () => Promise.resolve());
    await pool.close();
    const [half, whole] = ['1 (256 MB, 1 thread)', '2 (512 MB, 1 thread)'];
    expect(calls).toEqual([
      `open ${half}`,
      `clear ${half}`,
      `clear ${half}`,
      `open ${whole}`,
      `clear ${whole}`,
      `close ${half}`,
      `close ${whole}`,
    ]);
  });

  it('lends no engine to two at a time', async () => {
    const { calls, pool } = countingEngine();
    await Promise.all([1, 2].map(() => pool.use(256, () => Promise.resolve())));
    expect(calls.filter((call) => call.startsWith('open'))).toHaveLength(2);
  });

  it('closes the engine of work that failed', async () => {
    const { calls, pool } = countingEngine();
    const failing = pool.use(256, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(calls).toEqual(['open 1 (256 MB, 1 thread)', 'close 1 (256 MB, 1 thread)']);
  });

  it('keeps the result of work whose engine cannot be cleared, but not the engine', async () => {
    const { calls, pool } = countingEngine(() => Promise.reject(new Error('stuck')));
    expect(await pool.use(256, () => Promise.resolve(1))).toBe(1);
    expect(calls.at(-1)).toBe('close 1 (256 MB, 1 thread)');
    await pool.close();
    expect(calls.filter((call) => call.startsWith('close'))).toHaveLength(1);
  });
});
