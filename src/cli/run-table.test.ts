import type { RunInfo } from '../client/run-client';
import type { RunSummary } from '../contracts/messages';
import { runTable } from './run-table';

function run(verdict: RunSummary['verdict'], reason: string): RunInfo {
  const summary: RunSummary = {
    pipeline: 'p',
    verdict,
    reasons: [reason],
    planDigest: '',
    objects: 1,
    rows: 10,
    quarantinedRows: 0,
    stages: [],
  };
  const startedAt = '2026-01-02T03:04:05.000Z';
  return {
    workflowId: 'run/p/1',
    runId: 'r',
    pipeline: 'p',
    status: 'completed',
    startedAt,
    seconds: 1,
    summary,
  };
}

test('a rejected run shows its reason, cut to 60 characters without a terminal', () => {
  const [, line = ''] = runTable([run('rejected', 'x'.repeat(100))], {}).split('\n');
  expect(line.endsWith(` ${'x'.repeat(59)}…`)).toBe(true);
});

test('on a terminal the reason ends where the line ends', () => {
  const lines = runTable([run('kept', 'not better '.repeat(20))], { columns: 130 }).split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBe(130);
});

test('a run that went live needs no reason, and then there is no such column', () => {
  expect(runTable([run('promoted', 'it is better')], { columns: 80 })).not.toMatch(/reason|better/);
});
