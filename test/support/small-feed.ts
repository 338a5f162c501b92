// Made-up taxi trips, the same every time: small enough for many runs, with a label that a model can learn.
import { createRandom } from './seeded-random';

const DAY_MS = 24 * 60 * 60 * 1000;
const START_MS = Date.UTC(2024, 0, 1);
const ZONES = ['north', 'south', 'east', 'west'] as const;

export interface FeedOptions {
  readonly fromDay: number;
  readonly days: number;
  readonly tripsPerDay: number;
  /** Every n-th row gets a negative distance; 0 = none. */
  readonly badEvery?: number;
}

/** Rows of the `trips` pipeline as CSV, header included. Lines are numbered from 1, the header's. */
export function tripsCsv({ fromDay, days, tripsPerDay, badEvery = 0 }: FeedOptions): string {
  const random = createRandom(fromDay + 1);
  const lines = ['id,started,zone,km,minutes'];
  for (let day = fromDay; day < fromDay + days; day += 1) {
    for (let trip = 0; trip < tripsPerDay; trip += 1) {
      const at = new Date(START_MS + day * DAY_MS + Math.floor((trip * DAY_MS) / tripsPerDay));
      const zone = ZONES[Math.floor(random() * ZONES.length)] ?? 'north';
      const km = 1 + Math.round(random() * 200) / 10;
      const jam = (zone === 'north' ? 12 : 0) + (at.getUTCHours() === 17 ? 15 : 0);
      const minutes = Math.round((2 * km + jam + random() * 10) * 10) / 10;
      const bad = badEvery > 0 && trip % badEvery === badEvery - 1;
      const id = day * 10_000 + trip;
      lines.push([id, at.toISOString().slice(0, 19) + 'Z', zone, bad ? -km : km, minutes].join(','));
    }
  }
  return `${lines.join('\n')}\n`;
}
