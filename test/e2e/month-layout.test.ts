// Tables by month through the real command line: what they were, how they are kept, and what is backed up of them.
import { startTestStack, type Document, type TestStack } from '../support/millrace';
import { applyTrips, uploadTrips, waitForTrips } from '../support/trips';

const PIPELINE = 'monthly';
const TRIPS_PER_DAY = 24;
/** January and February of 2024, then some days of March. */
const FIRST = { fromDay: 0, days: 60, tripsPerDay: TRIPS_PER_DAY };
const MARCH = { fromDay: 60, days: 5, tripsPerDay: TRIPS_PER_DAY };

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
  await applyTrips(stack, PIPELINE, { partitionBy: 'month' });
}, 120_000);
afterAll(() => stack.stop());

const versionsOf = async (table: string): Promise<readonly Document[]> => {
  const { versions } = await stack.millrace(['tables', PIPELINE, '--table', table]);
  return versions as readonly Document[];
};

async function land(name: string, feed: typeof FIRST): Promise<void> {
  await uploadTrips(stack, PIPELINE, name, feed);
  const [run] = await waitForTrips(stack, PIPELINE);
  expect(run).toMatchObject({ status: 'completed', trigger: 'event' });
}

test('history and time travel name months of files; housekeeping takes nothing that is needed', async () => {
  await land('first.csv', FIRST);
  await land('march.csv', MARCH);
  for (const table of ['clean', 'features']) {
    expect(await versionsOf(table)).toMatchObject([
      { version: 1, rows: 65 * TRIPS_PER_DAY, files: 3 },
      { version: 0, rows: 60 * TRIPS_PER_DAY, files: 2 },
    ]);
  }
  const [, before] = await versionsOf('clean');
  const columns = [
    { name: 'id' },
    { name: 'started' },
    { name: 'zone' },
    { name: 'km' },
    { name: 'minutes' },
  ];
  for (const at of ['0', before?.['time'] as string]) {
    expect(await stack.millrace(['tables', PIPELINE, '--at', at])).toMatchObject({
      version: 0,
      rows: 60 * TRIPS_PER_DAY,
      missingFiles: 0,
      columns: [...columns, { name: 'year' }, { name: 'month' }],
    });
  }
  await stack.millrace(['tables', PIPELINE, 'compact']);
  await stack.millrace(['tables', PIPELINE, 'vacuum', '--delete', '--retention-days', '1']);
  expect(await stack.millrace(['tables', PIPELINE, '--at', '0'])).toMatchObject({ missingFiles: 0 });
}, 240_000);

test('each run is backed up, and all of both snapshots is verified', async () => {
  const { snapshots } = await stack.millrace(['backup', 'list', PIPELINE]);
  expect(snapshots).toHaveLength(2);
  for (const { snapshot } of snapshots as readonly { snapshot: string }[]) {
    const found = await stack.millrace(['backup', 'verify', PIPELINE, '--snapshot', snapshot]);
    expect(found).toMatchObject({ damaged: [], verified: found['objects'] });
  }
}, 120_000);
