import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseS3Events } from './s3-event';

const FIXTURES = path.join(__dirname, 'fixtures');
const cases = readdirSync(FIXTURES).flatMap((envelope) =>
  readdirSync(path.join(FIXTURES, envelope))
    .filter((name) => !name.endsWith('.expected.json'))
    .map((name) => `${envelope}/${name}`),
);
const read = (name: string): unknown =>
  JSON.parse(readFileSync(path.join(FIXTURES, name), 'utf8')) as unknown;

describe('every fixture is read as the file beside it says', () => {
  test('there are fixtures of every envelope', () => {
    const envelopes = new Set(cases.map((name) => path.dirname(name)));
    expect([...envelopes].sort()).toEqual(['eventbridge', 'minio', 's3', 'sns', 'sqs', 'versitygw']);
    expect(cases.length).toBeGreaterThan(25);
  });

  test.each(cases)('%s', (name) => {
    const parsed = parseS3Events(read(name), { lakeBucket: 'lake' });
    expect(parsed).toEqual(read(name.replace('.json', '.expected.json')));
  });
});

describe('key dialects', () => {
  const notification = read('s3/url-encoded-key.json');

  test('can be forced for a store that writes raw keys under AWS names', () => {
    const [event] = parseS3Events(notification, { dialect: 'raw' }).events;
    expect(event?.hint.key).toBe('raw/flights/a+b%2Bc%2520%C3%BC.csv');
  });

  test('can be forced for a store that encodes keys under versitygw names', () => {
    const [event] = parseS3Events(read('versitygw/created-copy.json'), { dialect: 'url-encoded' }).events;
    expect(event?.hint).toMatchObject({ key: 'raw/flights/copy.csv', sequencer: '2' });
  });
});

test('without a lake bucket, events of any bucket count', () => {
  expect(parseS3Events(read('s3/not-ours.json')).ignored.other_bucket).toBe(0);
});

test.each([undefined, null, 'text', 7, true, { Records: 'none' }, { Records: [null] }])(
  '%j is a problem, not an exception',
  (payload) => {
    expect(parseS3Events(payload).problems).toHaveLength(1);
  },
);
