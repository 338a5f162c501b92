// Rejected rows and their way back, through the real command line.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startTestStack, type TestStack } from '../support/millrace';
import { tripsCsv } from '../support/small-feed';
import { applyTrips, uploadTrips, waitForTrips } from '../support/trips';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
  await applyTrips(stack, 'trips');
}, 120_000);
afterAll(() => stack.stop());

test('a corrected file brings quarantined rows in, and two replays at once bring them in once', async () => {
  await uploadTrips(stack, 'trips', 'first.csv', { fromDay: 0, days: 4, tripsPerDay: 40, badEvery: 40 });
  await waitForTrips(stack, 'trips');
  const listed = await stack.millrace(['quarantine', 'list', 'trips']);
  expect(listed).toMatchObject({ rows: 4, batches: [{ verdict: 'accepted', standings: { open: 4 } }] });
  const [{ batch }] = listed['batches'] as readonly [{ batch: string }];

  const file = path.join(stack.directory, 'fix.csv');
  expect(
    await stack.millrace(['quarantine', 'export', 'trips', '--source', '--output', file, '--batch', batch]),
  ).toMatchObject({ rows: 4 });
  await writeFile(file, (await readFile(file, 'utf8')).replaceAll(',-', ','));
  const command = ['quarantine', 'replay', 'trips', '--batch', batch.slice(0, 12), '--with', file];
  const answers = await Promise.all([stack.millrace(command), stack.millrace(command)]);
  const runs = answers.flatMap((answer) => answer['runs'] as readonly { workflowId: string }[]);
  expect(new Set(runs.map(({ workflowId }) => workflowId)).size).toBe(1);

  const [run] = await waitForTrips(stack, 'trips');
  expect(run).toMatchObject({ trigger: 'replay', summary: { rows: 4, quarantinedRows: 0 } });
  expect(await stack.millrace(['quarantine', 'list', 'trips'])).toMatchObject({
    batches: [{ batch, standings: { accepted: 4 } }],
  });
  expect(await stack.millrace(command)).toMatchObject({ runs: [], batches: [] });
}, 180_000);

test('a batch with a broken header is replaced by its correction', async () => {
  const good = tripsCsv({ fromDay: 4, days: 1, tripsPerDay: 40 });
  const broken = await stack.writeFile('second.csv', good.replace('zone', 'zoen'));
  await stack.millrace(['upload', 'trips', broken]);
  await waitForTrips(stack, 'trips');
  const { batches } = await stack.millrace(['quarantine', 'list', 'trips']);
  const rejected = (batches as readonly { batch: string; standing?: string }[]).find(
    ({ standing }) => standing === 'open',
  );
  const fixed = await stack.writeFile('fixed.csv', good);
  await stack.millrace(['quarantine', 'replay', 'trips', '--batch', rejected?.batch ?? '', '--with', fixed]);
  const [run] = await waitForTrips(stack, 'trips');
  expect(run).toMatchObject({ trigger: 'replay', summary: { rows: 40, quarantinedRows: 0 } });
}, 180_000);
