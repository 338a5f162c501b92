import { holdoutStart } from './training-split';

test('the holdout is the last days up to and with the newest', () => {
  expect(holdoutStart(['2013-02-28', '2013-01-01', '2013-03-01'], 14)).toBe('2013-02-16');
  expect(holdoutStart(['2013-01-01', '2013-01-02'], 1)).toBe('2013-01-02');
});

test('a table that is empty or no older than the holdout is refused with its range', () => {
  expect(() => holdoutStart([], 14)).toThrow('empty');
  expect(() => holdoutStart(['2013-01-01', '2013-01-05'], 5)).toThrow('covers 2013-01-01 to 2013-01-05');
});
