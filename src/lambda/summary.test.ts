import type { ParsedEvents } from './object-event';
import { createSummary } from './summary';

const NOTHING_ELSE = { other_bucket: 0, outside_landing_zone: 0, other_event: 0, test_event: 0 };
const parsed = (created: number, ignored: Partial<ParsedEvents['ignored']> = {}): ParsedEvents => ({
  events: Array.from({ length: created }, () => ({
    hint: { bucket: 'lake', key: 'raw/flights/a.csv' },
    pipeline: 'flights',
    kind: 'created',
    source: 's3',
  })),
  problems: [],
  ignored: { ...NOTHING_ELSE, ...ignored },
  fromQueue: false,
});

function setUp(everyMs?: number): {
  readonly lines: object[];
  readonly summary: ReturnType<typeof createSummary>;
} {
  const lines: object[] = [];
  const silent = (): void => undefined;
  const info = (_message: string, fields: object = {}): void => {
    lines.push(fields);
  };
  return { lines, summary: createSummary({ info, warn: silent, error: silent }, everyMs) };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('each invocation with events has its line; what was ignored before is told with it', () => {
  const { lines, summary } = setUp();
  summary(parsed(0, { other_bucket: 2 }), 0, 'a');
  summary(parsed(1), 1, 'b');
  summary(parsed(1), 0, 'c');
  expect(lines).toEqual([
    { ...NOTHING_ELSE, other_bucket: 2, created: 1, removed: 0, failed: 1, requestId: 'b' },
    { ...NOTHING_ELSE, created: 1, removed: 0, failed: 0, requestId: 'c' },
  ]);
});

test('a storm is one line for each interval, and none of its events is left out', () => {
  const { lines, summary } = setUp(1_000);
  for (let index = 0; index < 300; index += 1) {
    summary(parsed(2), 0);
    jest.advanceTimersByTime(10);
  }
  jest.advanceTimersByTime(1_000);
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.length).toBeLessThan(6);
  expect(lines.reduce((sum, line) => sum + (line as { created: number }).created, 0)).toBe(600);
});

test('a clock that is set back an hour holds no line back', () => {
  const { lines, summary } = setUp(1_000);
  summary(parsed(1), 0);
  jest.setSystemTime(Date.now() - 60 * 60 * 1000);
  summary(parsed(1), 0);
  jest.advanceTimersByTime(1_000);
  expect(lines).toHaveLength(2);
});
