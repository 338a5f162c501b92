import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ObjectHint } from '../contracts/messages';
import { SignalNotAccepted, UnreadableEvent } from './event-failures';
import { createHandler, type HandlerDeps, type S3EventHandler } from './handler';

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(path.join(__dirname, 'fixtures', `${name}.json`), 'utf8')) as unknown;

interface Signalled {
  readonly pipeline: string;
  readonly keys: readonly string[];
}

function setUp(refuse: (pipeline: string, hints: readonly ObjectHint[]) => boolean = () => false): {
  readonly handler: S3EventHandler;
  readonly signalled: readonly Signalled[];
  readonly logged: readonly string[];
} {
  const signalled: Signalled[] = [];
  const logged: string[] = [];
  const log =
    (level: string): HandlerDeps['logger']['info'] =>
    (message, fields) => {
      logged.push(`${level} ${message} ${JSON.stringify(fields)}`);
    };
  const handler = createHandler({
    signalIntake: (pipeline, hints) => {
      if (refuse(pipeline, hints)) return Promise.reject(new Error('no answer from Temporal'));
      signalled.push({ pipeline, keys: hints.map(({ key }) => key) });
      return Promise.resolve();
    },
    logger: { info: log('info'), warn: log('warn'), error: log('error') },
    lakeBucket: 'lake',
  });
  return { handler, signalled, logged };
}

describe('a direct notification', () => {
  test('is signalled once for each pipeline', async () => {
    const { handler, signalled } = setUp();
    await expect(handler(fixture('s3/several-pipelines-in-one'))).resolves.toEqual({ batchItemFailures: [] });
    expect(signalled).toEqual([
      { pipeline: 'flights', keys: ['raw/flights/2013-01.csv', 'raw/flights/2013-02.csv'] },
      { pipeline: 'shop', keys: ['raw/shop/orders.csv'] },
    ]);
  });

  test.each(['s3/not-ours', 's3/test-event', 'versitygw/test-event'])(
    '%s signals nothing and succeeds',
    async (name) => {
      const { handler, signalled } = setUp();
      await expect(handler(fixture(name))).resolves.toEqual({ batchItemFailures: [] });
      expect(signalled).toEqual([]);
    },
  );

  test('a removal is news, too: the intake records it', async () => {
    const { handler, signalled } = setUp();
    await handler(fixture('s3/removed'));
    expect(signalled).toEqual([
      { pipeline: 'flights', keys: ['raw/flights/2013-01.csv', 'raw/flights/old.csv'] },
    ]);
  });

  test('throws when the signal is refused, so that Lambda tries again', async () => {
    const { handler } = setUp(() => true);
    const outcome = handler(fixture('s3/created-put'));
    await expect(outcome).rejects.toBeInstanceOf(SignalNotAccepted);
    await expect(outcome).rejects.toThrow('[pipelines=flights]: no answer from Temporal');
  });

  test('signals the other pipelines before it throws', async () => {
    const { handler, signalled } = setUp((pipeline) => pipeline === 'flights');
    await expect(handler(fixture('s3/several-pipelines-in-one'))).rejects.toBeInstanceOf(SignalNotAccepted);
    expect(signalled.map(({ pipeline }) => pipeline)).toEqual(['shop']);
  });

  test('signals what can be read and then throws for what cannot', async () => {
    const { handler, signalled } = setUp();
    const outcome = handler(fixture('s3/bad-escape-in-key'));
    await expect(outcome).rejects.toBeInstanceOf(UnreadableEvent);
    await expect(outcome).rejects.toThrow('Records[0].s3.object.key');
    expect(signalled).toEqual([{ pipeline: 'flights', keys: ['raw/flights/fine.csv'] }]);
  });
});

describe('an SQS batch', () => {
  const messageId = (index: number): string => `059f36b4-87a3-44ab-83d2-66197569000${index}`;

  test('reports no failure when all is well', async () => {
    await expect(setUp().handler(fixture('sqs/s3-direct'))).resolves.toEqual({ batchItemFailures: [] });
  });

  test('reports only the messages whose signal was refused', async () => {
    const { handler } = setUp((pipeline) => pipeline === 'shop');
    await expect(handler(fixture('sqs/s3-direct'))).resolves.toEqual({
      batchItemFailures: [{ itemIdentifier: messageId(1) }],
    });
  });

  test('reports unreadable messages once each, and still signals the readable parts', async () => {
    const { handler, signalled } = setUp();
    await expect(handler(fixture('sqs/one-broken-of-three'))).resolves.toEqual({
      batchItemFailures: [{ itemIdentifier: messageId(1) }, { itemIdentifier: messageId(2) }],
    });
    expect(signalled).toEqual([
      { pipeline: 'flights', keys: ['raw/flights/2013-01.csv', 'raw/flights/2013-03.csv'] },
    ]);
  });

  test('reports every message when Temporal is away', async () => {
    const { handler } = setUp(() => true);
    const { batchItemFailures } = await handler(fixture('sqs/s3-direct'));
    expect(batchItemFailures).toHaveLength(2);
  });
});

test('many events become several small signals in order; after a refused one the rest counts as failed', async () => {
  const template = fixture('s3/created-put') as { Records: [{ s3: { object: object } }] };
  const [record] = template.Records;
  const names = Array.from({ length: 200 }, (_, index) => `raw/flights/${index}.csv`);
  const notification = {
    Records: names.map((key) => ({ ...record, s3: { ...record.s3, object: { ...record.s3.object, key } } })),
  };
  const all = setUp();
  await all.handler(notification);
  expect(all.signalled.length).toBeGreaterThan(2);
  expect(all.signalled.flatMap(({ keys }) => keys)).toEqual(names);

  const broken = setUp((_, hints) => hints.some(({ key }) => key === 'raw/flights/100.csv'));
  await expect(broken.handler(notification)).rejects.toBeInstanceOf(SignalNotAccepted);
  const delivered = broken.signalled.flatMap(({ keys }) => keys);
  expect(delivered).toEqual(names.slice(0, delivered.length));
  expect(broken.logged.join()).toContain(`"failed":${names.length - delivered.length}`);
});

test('the log has counts, places and the request, but no key', async () => {
  const { handler, logged } = setUp();
  await handler(fixture('sqs/one-broken-of-three'), { awsRequestId: 'r-1' });
  expect(logged.join('\n')).toContain('"path":"Records[1].body"');
  expect(logged.at(-1)).toBe(
    'info Object events handled {"created":2,"removed":0,"failed":0,"other_bucket":0,"outside_landing_zone":0,' +
      '"other_event":0,"test_event":0,"requestId":"r-1"}',
  );
  expect(logged.join('\n')).not.toContain('2013-01.csv');
});
