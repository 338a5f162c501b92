import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FLIGHT_STEPS } from '../support/flight-steps';

interface Outcome {
  readonly step: string;
  readonly limitBytes: number;
  readonly ended: string;
  readonly sameAfterRetry: boolean;
}

const SCRIPT = ['-r', './test/support/register-typescript.cjs', './test/support/steps-on-full-disk.ts'];

let outcomes: readonly Outcome[];
beforeAll(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, SCRIPT, { cwd: process.cwd() });
  outcomes = JSON.parse(stdout) as readonly Outcome[];
});

const stepsThat = (matches: (outcome: Outcome) => boolean): readonly string[] => [
  ...new Set(outcomes.filter(matches).map(({ step }) => step)),
];

test('the disk is full for every step that keeps local files; backup copies within the store and keeps none', () => {
  expect(stepsThat(({ ended }) => ended !== 'done')).toEqual(['validate', 'transform', 'train', 'evaluate']);
  expect(stepsThat(({ ended }) => ended.endsWith('EngineFailed'))).toEqual(['validate', 'transform']);
});

test('a full disk is a technical failure, whatever did not fit: a download, the engine, or what is made of it', () => {
  const failures = outcomes.map(({ ended }) => ended).filter((ended) => ended !== 'done');
  expect(failures.filter((ended) => !ended.startsWith('TransientFailure '))).toEqual([]);
});

test('with room again, the next attempt leaves what it would have left anyway', () => {
  expect(stepsThat(() => true)).toEqual(FLIGHT_STEPS.map(({ name }) => name));
  expect(outcomes.filter(({ sameAfterRetry }) => !sameAfterRetry)).toEqual([]);
});
