// What is broken around the data is never said of the data, and what is wrong with the data is never retried.
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { withFaults } from '../../src/adapters/object-store/fault-injecting';
import { createMemoryObjectStore } from '../../src/adapters/object-store/memory';
import type { ObjectStore } from '../../src/ports/object-store';
import { openLake, type Lake } from './data-fixture';
import { makeTrips, TRIPS_PLAN, tripsCsv } from './data-trips';

const run = promisify(execFile);
const BAD = 'x,A,2024-01-01T00:00:00Z,1,1,true,01.01.2024\n';
const FILE = `${tripsCsv(makeTrips('2024-01-01', 3, 20))}${BAD}`;

/** Everything that speaks of a verdict. */
async function verdicts(store: ObjectStore): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('lake', ''))
    if (/stages\/validate\/[0-9a-f]+\.json|outcome/.test(key)) keys.push(key);
  return keys;
}

describe('a store that fails', () => {
  test.each([
    'fail:open:raw/*',
    'fail:open:*manifest.json',
    'fail:createIfAbsent:*accepted.parquet',
    'fail:createIfAbsent:*rejected.parquet',
    'fail:createIfAbsent:*report.json',
    'fail:createIfAbsent:runs/trips/stages/validate/*.json',
  ])(
    '%s is technical, publishes no verdict, and the next attempt ends as if nothing had been',
    async (rule) => {
      const memory = createMemoryObjectStore();
      const markerDirectory = mkdtempSync(path.join(tmpdir(), 'millrace-faults-'));
      const lake: Lake = await openLake(withFaults(memory, rule, { markerDirectory }));
      const batch = await lake.land(TRIPS_PLAN, [FILE]);
      await expect(lake.validate(batch)).rejects.toMatchObject({
        name: 'TransientFailure',
        code: 'StoreUnavailable',
      });
      expect(await verdicts(memory)).toEqual([]);
      expect(await lake.validate(batch)).toMatchObject({
        verdict: 'accepted',
        acceptedRows: 60,
        quarantinedRows: 1,
      });
      await lake.close();
    },
  );
});

test('a disk that is full while records are split is technical, and publishes no verdict', async () => {
  const limited = async (kibibytes: number): Promise<Readonly<Record<string, unknown>>> => {
    const script =
      `trap '' XFSZ; ulimit -f ${kibibytes}; exec "$0" -r ./test/support/register-typescript.cjs ` +
      './test/support/validate-on-small-disk.ts';
    const { stdout } = await run('bash', ['-c', script, process.execPath], { cwd: process.cwd() });
    return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  };
  const enough = await limited(64 * 1024);
  expect(enough['ended']).toMatchObject({ verdict: 'accepted' });
  const bytes = enough['bytes'] as number;
  // The download does not fit.
  expect(await limited(64)).toMatchObject({ ended: { name: 'TransientFailure' }, published: [] });
  // The download fits, the copy with line numbers does not.
  expect(await limited(Math.ceil(bytes / 1024) + 8)).toMatchObject({
    ended: { name: 'TransientFailure', code: 'ScratchFailed' },
    published: [],
  });
});

test('an engine without memory is technical', async () => {
  const lake = await openLake(undefined, { engineOptions: { memoryLimitMegabytes: 2, threads: 1 } });
  const batch = await lake.land(TRIPS_PLAN, [tripsCsv(makeTrips('2024-01-01', 30, 600))]);
  await expect(lake.validate(batch)).rejects.toMatchObject({
    name: 'TransientFailure',
    code: 'EngineFailed',
  });
  expect(await verdicts(lake.store)).toEqual([]);
  await lake.close();
});

test('whatever bytes a file holds, the batch gets a verdict and no failure', async () => {
  const lake = await openLake();
  const files = ['', '\n', '\0', FILE.slice(0, -20), '"', `${FILE}"`, FILE.replaceAll('\n', '\r'), '\uFEFF'];
  for (const file of files) {
    const { verdict } = await lake.validate(await lake.land(TRIPS_PLAN, [file]));
    expect(['accepted', 'rejected']).toContain(verdict);
  }
  await lake.close();
});
