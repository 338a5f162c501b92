import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SignalNotAccepted } from './event-failures';
import { createLambdaHandler } from './main';

const notification = JSON.parse(
  readFileSync(path.join(__dirname, 'fixtures', 's3', 'created-put.json'), 'utf8'),
) as unknown;
const write = (): void => undefined;
const variables = { TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_NAMESPACE: 'ml' };

test('invocations share one connection, made on the first use from the settings', async () => {
  const connections: unknown[] = [];
  const signalled: string[] = [];
  const handler = createLambdaHandler(variables, {
    write,
    connect: (settings) => {
      connections.push(settings);
      return Promise.resolve({
        signalObjects: (pipeline) => {
          signalled.push(pipeline);
          return Promise.resolve();
        },
      });
    },
  });
  expect(connections).toEqual([]);
  await handler(notification);
  await handler(notification);
  expect(connections).toEqual([
    expect.objectContaining({ address: 'temporal.example:7233', namespace: 'ml' }),
  ]);
  expect(signalled).toEqual(['flights', 'flights']);
});

test('a failed connection is tried again by the next invocation', async () => {
  let attempts = 0;
  const handler = createLambdaHandler(variables, {
    write,
    connect: () => {
      attempts += 1;
      return attempts === 1
        ? Promise.reject(new Error('unreachable'))
        : Promise.resolve({ signalObjects: () => Promise.resolve() });
    },
  });
  await expect(handler(notification)).rejects.toBeInstanceOf(SignalNotAccepted);
  await expect(handler(notification)).resolves.toEqual({ batchItemFailures: [] });
});

test('bad settings fail at the start, not at the first event', () => {
  expect(() => createLambdaHandler({ MILLRACE_THREADS: 'many' })).toThrow('MILLRACE_THREADS');
});
