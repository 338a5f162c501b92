import { createHint, DEFAULT_STATE, fromHere } from './hint';

test('a hint names the state folder unless it is the default', () => {
  expect(createHint(DEFAULT_STATE, 'millrace')('runs flights')).toBe('millrace runs flights');
  expect(createHint('/tmp/x', 'millrace')('runs')).toBe('millrace runs --state /tmp/x');
});

test('a folder with blanks is quoted for the shell', () => {
  expect(createHint("/tmp/it's here", 'millrace')('runs')).toBe(
    String.raw`millrace runs --state '/tmp/it'\''s here'`,
  );
});

test('a file of the checkout is named from where the command runs', () => {
  expect(fromHere('examples', 'flights', 'pipeline.yaml')).toBe('examples/flights/pipeline.yaml');
});
