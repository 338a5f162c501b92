import { channelProblem, splitDays } from './training-split';

test('the holdout is the last days up to and with the newest', () => {
  expect(splitDays({ oldest: '2013-01-01', newest: '2013-03-01' }, 14)).toEqual({
    holdoutFrom: '2013-02-16',
  });
  expect(splitDays({ oldest: '2013-01-01', newest: '2013-01-02' }, 1)).toEqual({ holdoutFrom: '2013-01-02' });
});

test('a table that is empty or no older than the holdout cannot be split, and the reason names its range', () => {
  expect(splitDays({ oldest: null, newest: null }, 14)).toEqual({ problem: 'The feature table is empty' });
  expect(splitDays({ oldest: '2013-01-01', newest: '2013-01-05' }, 5)).toMatchObject({
    problem: expect.stringContaining('covers 2013-01-01 to 2013-01-05') as string,
  });
});

test('both sides need labelled rows, for classification of both classes', () => {
  const good = { rows: 10, distinctLabels: 2 };
  const problem = (train: typeof good, holdout: typeof good): string | undefined =>
    channelProblem('binary_classification', '2013-01-15', train, holdout);
  expect(problem(good, good)).toBeUndefined();
  expect(problem({ rows: 0, distinctLabels: 0 }, good)).toContain('before 2013-01-15');
  expect(problem(good, { rows: 7, distinctLabels: 1 })).toContain(
    'Only one class among the 7 labelled rows from 2013-01-15',
  );
  expect(channelProblem('regression', '2013-01-15', good, { rows: 7, distinctLabels: 1 })).toBeUndefined();
});
