import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { UnreadableEvent } from './event-failures';
import type { S3EventHandler } from './handler';
import { type Receiver, startReceiver } from './receiver';

const RETRIES = { deadlineMs: 400, firstDelayMs: 5, maxDelayMs: 20 };
const accepted = { batchItemFailures: [] };
let receiver: Receiver | undefined;

afterEach(async () => {
  await receiver?.close();
  receiver = undefined;
});

async function start(handler: S3EventHandler): Promise<Receiver> {
  receiver = await startReceiver({ port: 0, path: '/hooks/s3/token', handler, retries: RETRIES });
  return receiver;
}

function createGate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return {
    open: () => {
      open();
    },
    opened,
  };
}

async function post(url: string, body: string, method = 'POST'): Promise<number> {
  const response = await fetch(url, { method, ...(method === 'POST' ? { body } : {}) });
  await response.text();
  return response.status;
}

test('an accepted event is answered with 200 and reaches the handler as it was sent', async () => {
  const seen: unknown[] = [];
  const { url } = await start((event) => {
    seen.push(event);
    return Promise.resolve(accepted);
  });
  await expect(post(url, '{"Event":"ü"}')).resolves.toBe(200);
  expect(seen).toEqual([{ Event: 'ü' }]);
});

test('a sender that never reads the answers, as versitygw, goes on with its connection', async () => {
  const { url } = await start(() => Promise.resolve(accepted));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const reused = (): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const sent = request(url, { method: 'POST', agent }, (response) => {
        expect(response.headers['content-length']).toBe('0');
        response.resume();
        // The connection goes back to the agent.
        response.on('close', () => {
          resolve(sent.reusedSocket);
        });
      });
      sent.on('error', reject);
      sent.end('{}');
    });
  expect([await reused(), await reused(), await reused()]).toEqual([false, true, true]);
  agent.destroy();
});

test('a short outage is bridged: the sender only sees 200', async () => {
  let attempts = 0;
  const { url } = await start(() => {
    attempts += 1;
    return attempts < 4 ? Promise.reject(new Error('away')) : Promise.resolve(accepted);
  });
  await expect(post(url, '{}')).resolves.toBe(200);
  expect(attempts).toBe(4);
});

test('a long outage is answered with 503', async () => {
  const { url } = await start(() => Promise.reject(new Error('away')));
  await expect(post(url, '{}')).resolves.toBe(503);
});

test('beyond what it can hold it answers 503 and when to come back; later it looks once for all that it refused', async () => {
  const gate = createGate();
  let looks = 0;
  receiver = await startReceiver({
    port: 0,
    path: '/hooks/s3/token',
    retries: RETRIES,
    maxWaiting: 2,
    catchUp: () => Promise.resolve(void (looks += 1)),
    handler: async () => {
      await gate.opened;
      return accepted;
    },
  });
  const { url } = receiver;
  const taken = [post(url, '{}'), post(url, '{}')];
  await sleep(100);
  const refused = await fetch(url, { method: 'POST', body: '{}' });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
  await expect(post(url, '{}')).resolves.toBe(503);
  expect(looks).toBe(0);
  gate.open();
  await expect(Promise.all(taken)).resolves.toEqual([200, 200]);
  expect(looks).toBe(1);
  await expect(post(url, '{}')).resolves.toBe(200);
  expect(looks).toBe(1);
});

test('what was refused in an outage is looked for, again and again until it works', async () => {
  let isDown = true;
  let looks = 0;
  receiver = await startReceiver({
    port: 0,
    path: '/hooks/s3/token',
    retries: RETRIES,
    catchUp: () => ((looks += 1) < 2 ? Promise.reject(new Error('down')) : Promise.resolve()),
    handler: () => (isDown ? Promise.reject(new Error('down')) : Promise.resolve(accepted)),
  });
  const { url } = receiver;
  await expect(post(url, '{}')).resolves.toBe(503);
  isDown = false;
  for (let events = 0; events < 3; events += 1) await expect(post(url, '{}')).resolves.toBe(200);
  expect(looks).toBe(2);
});

test('messages that the handler names as failed count as an outage', async () => {
  const { url } = await start(() => Promise.resolve({ batchItemFailures: [{ itemIdentifier: 'm' }] }));
  await expect(post(url, '{}')).resolves.toBe(503);
});

test('an event that nobody can read is refused at once with 400', async () => {
  let attempts = 0;
  const { url } = await start(() => {
    attempts += 1;
    return Promise.reject(new UnreadableEvent([{ path: '', message: 'nonsense' }]));
  });
  await expect(post(url, '{}')).resolves.toBe(400);
  await expect(post(url, 'not json')).resolves.toBe(400);
  expect(attempts).toBe(1);
});

test('a body over 1 MB is refused before it is parsed', async () => {
  const { url } = await start(() => Promise.reject(new Error('must not be called')));
  await expect(post(url, JSON.stringify({ text: 'x'.repeat(1_048_576) }))).resolves.toBe(413);
});

test('only the secret path takes events; /health tells that it is up', async () => {
  const { url, port } = await start(() => Promise.resolve(accepted));
  const base = `http://127.0.0.1:${port}`;
  await expect(post(`${base}/hooks/s3/guess`, '{}')).resolves.toBe(404);
  await expect(post(url, '', 'GET')).resolves.toBe(405);
  await expect(post(`${base}/health`, '', 'GET')).resolves.toBe(200);
});

test('a sender that hangs up does not cancel its event', async () => {
  const inHandler = createGate();
  const hungUp = createGate();
  const delivered = createGate();
  let attempts = 0;
  const { url } = await start(async () => {
    attempts += 1;
    if (attempts > 1) {
      delivered.open();
      return accepted;
    }
    inHandler.open();
    await hungUp.opened;
    throw new Error('away');
  });
  const impatient = request(url, { method: 'POST' });
  impatient.on('error', () => undefined);
  impatient.end('{}');
  await inHandler.opened;
  impatient.destroy();
  hungUp.open();
  await delivered.opened;
  expect(attempts).toBe(2);
});

test('a port in use is an error', async () => {
  const { port } = await start(() => Promise.resolve(accepted));
  const second = startReceiver({ port, path: '/', handler: () => Promise.resolve(accepted) });
  await expect(second).rejects.toThrow('EADDRINUSE');
});
