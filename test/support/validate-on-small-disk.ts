// Child process: validates one batch under the file size limit of its shell, and says how that ended.
import { openLake } from '../integration/data-fixture';
import { makeTrips, TRIPS_PLAN, tripsCsv } from '../integration/data-trips';

async function main(): Promise<void> {
  const lake = await openLake();
  const text = tripsCsv(makeTrips('2024-01-01', 30, 600));
  const batch = await lake.land(TRIPS_PLAN, [text]);
  let ended: unknown;
  try {
    ended = await lake.validate(batch);
  } catch (error) {
    const { name, code, message } = error as Error & { readonly code?: string };
    ended = { name, code, message };
  }
  const published: string[] = [];
  for await (const { key } of lake.store.list('lake', '')) {
    if (/stages\/validate|quarantine/.test(key)) published.push(key);
  }
  await lake.close();
  process.stdout.write(JSON.stringify({ bytes: Buffer.byteLength(text), ended, published }));
}

void main();
