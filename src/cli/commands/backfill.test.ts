import { parseWish } from './backfill';

const options = { from: '2013-01-31', to: '2013-02-28', concurrency: '2', by: 'ada' };

test('a wish has two days, a kind and a number of runs at a time', () => {
  expect(parseWish('flights', { ...options, only: 'stale' })).toEqual({
    pipeline: 'flights',
    from: '2013-01-31',
    to: '2013-02-28',
    only: 'stale',
    concurrency: 2,
    by: 'ada',
  });
});

test.each([
  ['--from must be a day', { from: undefined }],
  ['--from must be a day', { from: '2013-02-30' }],
  ['--to must be a day', { to: 'today' }],
  ['--from 2013-03-01 is after --to', { from: '2013-03-01' }],
  ['--only must be one of failed, missing, stale', { only: 'broken' }],
  ['--concurrency must be a whole number from 1 to 16', { concurrency: '0' }],
  ['--concurrency must be', { concurrency: 'two' }],
])('what makes no sense is refused: %s', (message, wrong) => {
  const { from, ...others } = { ...options, ...wrong };
  expect(() => parseWish('flights', from === undefined ? others : { ...others, from })).toThrow(message);
});
