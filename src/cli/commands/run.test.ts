import { landedLocation } from './run';

const ZONE = { bucket: 'lake', prefix: 'raw/trips/' };

test('an object of the landing zone is accepted', () => {
  expect(landedLocation('s3://lake/raw/trips/a.csv', ZONE)).toEqual({
    bucket: 'lake',
    key: 'raw/trips/a.csv',
  });
});

test.each([
  's3://other/raw/trips/a.csv',
  's3://lake/raw/flights/a.csv',
  's3://lake/raw/trips/folder/',
  'raw/trips/a.csv',
])('%s is wrong usage', (uri) => {
  expect(() => landedLocation(uri, ZONE)).toThrow(expect.objectContaining({ exitCode: 2 }) as Error);
});
