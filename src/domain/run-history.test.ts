import { lastAccepted, withRun, type HistoryEntry } from './run-history';

const entry = (runId: string, day: number, isAccepted = true): HistoryEntry => ({
  workflowId: `run/${runId}`,
  runId,
  batchDigest: `batch of ${runId}`,
  endedAt: `2024-01-${String(day).padStart(2, '0')}T00:00:00.000Z`,
  verdict: isAccepted ? 'kept' : 'rejected',
  rows: 10,
  acceptedRows: isAccepted ? 10 : 0,
  quarantinedRows: 0,
  ...(isAccepted ? { profile: { uri: `s3://lake/${runId}`, sha256: '0', bytes: 1 } } : {}),
});
const history = [entry('b', 2), entry('a', 1), entry('c', 3, false)].reduce(
  (runs: ReturnType<typeof withRun> | undefined, next) => withRun(runs, next),
  undefined,
);

test('a history is in order of time, holds each run once, and forgets the oldest', () => {
  expect(history?.runs.map(({ runId }) => runId)).toEqual(['a', 'b', 'c']);
  expect(withRun(history, entry('b', 4)).runs.map(({ runId }) => runId)).toEqual(['a', 'c', 'b']);
  const many = Array.from({ length: 130 }, (_unused, index) => entry(`r${index}`, 1 + (index % 28)));
  expect(many.reduce<ReturnType<typeof withRun> | undefined>(withRun, undefined)?.runs).toHaveLength(120);
});

test('a run is compared with the newest accepted batch before it, never with its own', () => {
  const now = { runId: 'd', batchDigest: 'batch of d', endedAt: '2024-02-01T00:00:00.000Z' };
  expect(lastAccepted(history, now)?.runId).toBe('b');
  expect(lastAccepted(history, { ...now, batchDigest: 'batch of b' })?.runId).toBe('a');
  expect(lastAccepted(history, { ...now, endedAt: '2024-01-01T12:00:00.000Z' })?.runId).toBe('a');
  expect(lastAccepted(undefined, now)).toBeUndefined();
});
