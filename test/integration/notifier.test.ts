// The three channels against a real HTTP server that keeps what it is sent.
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createNotifyActivity } from '../../src/activities/notify';
import { createNotifier } from '../../src/adapters/notifier/by-kind';
import { createMemoryNotifier } from '../../src/adapters/notifier/memory';
import { createMemoryObjectStore } from '../../src/adapters/object-store/memory';
import type { RunSummary } from '../../src/contracts/messages';
import type { NotifyPlan } from '../../src/domain/plan';
import { createPlanLibrary } from '../../src/lake/plans';
import type { Notifier } from '../../src/ports/notifier';
import { TRIPS_PLAN } from './data-trips';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  readonly body: string;
}

let server: Server;
let url: string;
let received: Received[];
let answer: { status: number; body: string };

beforeEach(async () => {
  received = [];
  answer = { status: 200, body: 'ok' };
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, path: request.url ?? '', body });
      response.writeHead(answer.status).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const channel = (kind: NotifyPlan['kind']): NotifyPlan => ({
  kind,
  addressFrom: 'MILLRACE_NOTIFY_URL',
  on: ['rejected'],
});
const NEWS = {
  id: 'a'.repeat(64),
  pipeline: 'trips',
  event: 'rejected',
  reasons: ['4 of 7 rows are <bad> & more'],
  run: 'run/trips/abc',
  runId: 'r1',
  rows: 7,
  quarantinedRows: 4,
};
const notifier = (path = '/hook?token=secret'): Notifier =>
  createNotifier({ MILLRACE_NOTIFY_URL: `${url}${path}` });

test('a webhook gets the news as JSON under an id that stays the same', async () => {
  await notifier().send(channel('webhook'), NEWS);
  await notifier().send(channel('webhook'), NEWS);
  expect(received.map(({ path }) => path)).toEqual(['/hook?token=secret', '/hook?token=secret']);
  expect(received.map(({ headers }) => headers['idempotency-key'])).toEqual([NEWS.id, NEWS.id]);
  expect(JSON.parse(received[0]!.body)).toEqual(NEWS);
});

test('Slack gets blocks, and text that it does not read as its own markup', async () => {
  await notifier().send(channel('slack'), NEWS);
  const message = JSON.parse(received[0]!.body) as { text: string; blocks: { type: string }[] };
  expect(message.text).toBe('trips: rejected');
  expect(message.blocks.map(({ type }) => type)).toEqual(['header', 'section', 'context']);
  expect(received[0]!.body).toContain('4 of 7 rows are &lt;bad&gt; &amp; more');
});

describe('SNS', () => {
  const ARN = 'arn:aws:sns:eu-central-1:123456789012:alerts';
  const FIXTURE = `<PublishResponse xmlns="https://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId></PublishResult><ResponseMetadata><RequestId>d74b8436-ae13-5ab4-a9ff-ce54dfea72a0</RequestId></ResponseMetadata></PublishResponse>`;
  const previous = { ...process.env };
  beforeEach(() => {
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_SNS: url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
  });
  afterEach(() => {
    process.env = { ...previous };
  });
  const publish = (arn: string): Promise<void> =>
    createNotifier({ MILLRACE_NOTIFY_URL: arn }).send(channel('sns'), NEWS);

  test('gets a Publish call of the query protocol', async () => {
    answer.body = FIXTURE;
    await publish(ARN);
    const form = new URLSearchParams(received[0]!.body);
    expect(Object.fromEntries(form)).toMatchObject({
      Action: 'Publish',
      Version: '2010-03-31',
      TopicArn: ARN,
      Subject: 'trips: rejected',
    });
    expect(JSON.parse(form.get('Message')!)).toMatchObject(NEWS);
    expect([...form.values()]).toContain(NEWS.id);
    expect(form.has('MessageDeduplicationId')).toBe(false);
  });

  test('drops repeats itself where the topic is a FIFO one', async () => {
    answer.body = FIXTURE;
    await publish(`${ARN}.fifo`);
    expect(Object.fromEntries(new URLSearchParams(received[0]!.body))).toMatchObject({
      MessageGroupId: 'trips',
      MessageDeduplicationId: NEWS.id,
    });
  });

  test('that refuses is a setting to mend; that is down is tried again', async () => {
    const error = (code: string): string =>
      `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
    answer = { status: 403, body: error('AuthorizationError') };
    await expect(publish(ARN)).rejects.toMatchObject({ code: 'InvalidPlan' });
    answer = { status: 503, body: error('ServiceUnavailable') };
    await expect(publish(ARN)).rejects.toMatchObject({ code: 'NotifierUnavailable' });
    await expect(publish('not an arn')).rejects.toMatchObject({ code: 'InvalidPlan' });
  });
});

test.each([
  [500, 'NotifierUnavailable'],
  [429, 'NotifierUnavailable'],
  [404, 'InvalidPlan'],
  [302, 'InvalidPlan'],
])('an answer of %d is %s, and no message holds the address', async (status, code) => {
  answer = { status, body: 'no' };
  const error = await notifier()
    .send(channel('webhook'), NEWS)
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code });
  expect(JSON.stringify([(error as Error).message, error])).not.toContain('secret');
});

test('nobody there is technical; no address, or none that is one, is a setting to mend', async () => {
  const send = (address?: string): Promise<void> =>
    createNotifier({ MILLRACE_NOTIFY_URL: address }).send(channel('webhook'), NEWS);
  await expect(send('http://127.0.0.1:1/secret')).rejects.toMatchObject({ code: 'NotifierUnavailable' });
  await expect(send()).rejects.toMatchObject({ code: 'InvalidPlan' });
  await expect(send('file:///etc/passwd')).rejects.toMatchObject({ code: 'InvalidPlan' });
});

test('the same news is sent until it was delivered once, and never after', async () => {
  const store = createMemoryObjectStore();
  const plans = createPlanLibrary(store, 'lake');
  const { digest } = await plans.apply({ ...TRIPS_PLAN, notify: [channel('webhook')] });
  const memory = createMemoryNotifier();
  let isDown = true;
  const flaky: Notifier = {
    send: (...news) => (isDown ? Promise.reject(new Error('down')) : memory.send(...news)),
  };
  const notify = createNotifyActivity({ store, lakeBucket: 'lake', plans, notifier: flaky });
  const run = { pipeline: 'trips', planDigest: digest, batchDigest: 'b' };
  const summary = {
    verdict: 'rejected',
    reasons: ['x'],
    rows: 1,
    quarantinedRows: 1,
  } as unknown as RunSummary;
  const tell = (runId: string, reason = 'x'): Promise<void> =>
    notify({ run, channel: 0, workflowId: 'w', runId, summary: { ...summary, reasons: [reason] } });
  await expect(tell('r1')).rejects.toThrow('down');
  isDown = false;
  await tell('r1');
  await tell('r2');
  expect(memory.sent).toHaveLength(1);
  await tell('r3', 'another reason');
  expect(memory.sent).toHaveLength(2);
  await expect(notify({ run, channel: 1, workflowId: 'w', runId: 'r', summary })).rejects.toMatchObject({
    code: 'InvalidInput',
  });
});
