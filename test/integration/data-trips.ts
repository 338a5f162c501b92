import type { PipelinePlan } from '../../src/domain/plan';
import { createRandom } from '../support/seeded-random';

/** A small pipeline with every kind of column, feature and window. */
export const TRIPS_PLAN: PipelinePlan = {
  planVersion: 1,
  pipeline: 'trips',
  description: '',
  source: {
    prefix: 'raw/trips/',
    format: 'csv',
    csv: { delimiter: ',', quote: '"', nullValues: ['', 'NA'] },
    minObjectBytes: 0,
    batch: { maxObjects: 10, maxBytes: 1e9, quietSeconds: 1 },
  },
  columns: [
    { name: 'id', type: 'integer' },
    { name: 'line', type: 'string' },
    { name: 'started', type: 'timestamp' },
    { name: 'minutes', type: 'double' },
    { name: 'day', type: 'integer' },
    { name: 'express', type: 'boolean' },
    { name: 'booked', type: 'date', format: '%d.%m.%Y' },
  ],
  key: ['started', 'id'],
  eventTime: 'started',
  expectations: [
    { name: 'not_null(line)', kind: 'not_null', column: 'line', onFail: 'quarantine' },
    { name: 'between(minutes)', kind: 'between', column: 'minutes', min: 0, max: 1000, onFail: 'quarantine' },
    {
      name: 'in_set(line)',
      kind: 'in_set',
      column: 'line',
      values: ['A', 'B', 'C, D'],
      onFail: 'quarantine',
    },
    { name: 'matches(line)', kind: 'matches', column: 'line', pattern: '^[A-Z]', onFail: 'warn' },
    {
      name: 'row_count',
      kind: 'row_count',
      requirement: { operator: 'mustBeGreaterOrEqualTo', value: [1] },
      onFail: 'block',
    },
  ],
  quarantine: { maxPercent: 50 },
  label: { name: 'late', sql: 'minutes > 30' },
  features: [
    { name: 'line', kind: 'categorical', sql: 'line' },
    { name: 'month', kind: 'numeric', sql: 'month(started)' },
    { name: 'hour', kind: 'numeric', sql: 'hour(started)' },
    { name: 'is_express', kind: 'numeric', sql: 'express' },
  ],
  windows: [
    { name: 'line_mean_3d', over: ['line'], days: 3, aggregate: 'mean', sql: 'minutes' },
    { name: 'line_count_2d', over: ['line'], days: 2, aggregate: 'count', sql: 'minutes' },
    { name: 'pair_sum_5d', over: ['line', 'express'], days: 5, aggregate: 'sum', sql: 'minutes / 3' },
    { name: 'line_max_3d', over: ['line'], days: 3, aggregate: 'max', sql: 'minutes' },
    { name: 'line_min_40d', over: ['line'], days: 40, aggregate: 'min', sql: 'minutes' },
  ],
  training: {
    task: 'binary_classification',
    metric: 'auc',
    holdoutDays: 5,
    device: 'cpu',
    hyperparameters: {},
  },
  gate: { minImprovementPercent: 2 },
  deploy: { enabled: false, goldenTolerance: 1e-5 },
  backup: { enabled: false },
};

export interface Trip {
  readonly id: number;
  readonly line: 'A' | 'B' | 'C, D';
  /** ISO 8601, whole seconds, UTC. */
  readonly started: string;
  readonly minutes: number | null;
  readonly express: boolean;
}

export const TRIPS_HEADER = 'id,line,started,minutes,day,express,booked';
const DAY_MS = 24 * 60 * 60 * 1000;

/** Trips of `days` days from `firstDay` on, the same for the same seed. */
export function makeTrips(firstDay: string, days: number, perDay: number, seed = 1): readonly Trip[] {
  const random = createRandom(seed);
  const start = Date.parse(firstDay);
  return Array.from({ length: days * perDay }, (_unused, index) => ({
    id: index + 1,
    line: (['A', 'B', 'C, D'] as const)[Math.floor(random() * 3)]!,
    started: new Date(start + Math.floor(random() * days * 86_400) * 1000)
      .toISOString()
      .replace('.000Z', 'Z'),
    minutes: random() < 0.1 ? null : Math.round(random() * 90_000) / 1000,
    express: random() < 0.3,
  }));
}

export function tripLine(trip: Trip): string {
  const line = trip.line.includes(',') ? `"${trip.line}"` : trip.line;
  const booked = new Date(Date.parse(trip.started) - DAY_MS)
    .toISOString()
    .slice(0, 10)
    .split('-')
    .reverse()
    .join('.');
  const day = Number(trip.started.slice(8, 10));
  return [trip.id, line, trip.started, trip.minutes ?? 'NA', day, trip.express, booked].join(',');
}

export function tripsCsv(trips: readonly Trip[]): string {
  return [TRIPS_HEADER, ...trips.map(tripLine), ''].join('\n');
}
