import { nameHint, nearestName } from './nearest-name';

test.each([
  ['arr_dely', 'arr_delay'],
  ['arrDelay', 'arr_delay'],
  ['ARR-DELAY', 'arr_delay'],
  ['cvs', 'csv'],
  ['learning_rate', 'eta'],
  ['dset', 'dest'],
  ['est', 'dest'],
  ['dust', 'dest'],
  ['zzz', undefined],
  ['day', undefined],
])('%s is nearest to %s', (given, expected) => {
  expect(nearestName(given, ['arr_delay', 'dest', 'csv', 'eta'])).toBe(expected);
});

test('a synonym is offered only where it is valid', () => {
  expect(nearestName('float', ['double', 'string'])).toBe('double');
  expect(nearestName('float', ['weekday'])).toBeUndefined();
});

test('a hint lists the names when none is near', () => {
  expect(nameHint('cvs', ['csv', 'dest'])).toBe('did you mean csv?');
  expect(nameHint('zzz', ['csv', 'dest'])).toBe('valid names are csv, dest');
});
