import { PassThrough, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { guardedBody } from './guarded-body';

const mapped = (): Error => new Error('mapped');

test('bytes pass unchanged', async () => {
  const body = guardedBody(Readable.from([Buffer.from('ab'), Buffer.from('c')]), mapped);
  expect(Buffer.concat((await body.toArray()) as Uint8Array[]).toString()).toBe('abc');
});

test('an error before anybody reads ends no process and reaches the reader mapped', async () => {
  const source = new PassThrough();
  const body = guardedBody(source, mapped);
  source.destroy(new Error('raw'));
  await sleep(5);
  await expect(body.toArray()).rejects.toThrow('mapped');
});

test('a source that closes early is a failure, not a short object', async () => {
  const source = new PassThrough();
  const body = guardedBody(source, mapped);
  source.write('abc');
  setImmediate(() => source.destroy());
  await expect(body.toArray()).rejects.toMatchObject({ code: 'StoreUnavailable' });
});

test('destroying the body destroys its source', async () => {
  const source = new PassThrough();
  const body = guardedBody(source, mapped);
  body.destroy();
  await sleep(5);
  expect(source.destroyed).toBe(true);
});
