import type { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { ReadStream } from 'node:fs';
import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PutBody } from '../../ports/object-store';
import { toFailure } from './s3-errors';
import { sendPut } from './s3-put';

const AT = { bucket: 'lake', key: 'a/b' };
const BYTES: PutBody = { kind: 'bytes', bytes: Buffer.from('x') };

function refusal(name: string): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode: 400 } });
}

/** Answers one put after the other. */
function client(...answers: readonly (Error | 'stored')[]): { s3: S3Client; puts: () => number } {
  let puts = 0;
  const send = (): Promise<unknown> => {
    const answer = answers[puts++]!;
    return answer === 'stored' ? Promise.resolve({ ETag: '"e"' }) : Promise.reject(answer);
  };
  return { s3: { send } as unknown as S3Client, puts: () => puts };
}

/** What the caller of the store sees. */
async function codeOf(put: Promise<unknown>): Promise<string> {
  try {
    await put;
    return 'stored';
  } catch (error) {
    return toFailure(error, 'put an object', AT).code;
  }
}

test('bytes that were damaged on their way are sent again', async () => {
  const { s3, puts } = client(refusal('BadDigest'), 'stored');
  expect(await sendPut(s3, AT, BYTES)).toMatchObject({ etag: 'e' });
  expect(puts()).toBe(2);
});

test.each(['BadDigest', 'XAmzContentChecksumMismatch'])(
  'our own bytes refused twice as %s are a technical failure',
  async (name) => {
    const { s3, puts } = client(refusal(name), refusal(name));
    expect(await codeOf(sendPut(s3, AT, BYTES))).toBe('StoreUnavailable');
    expect(puts()).toBe(2);
  },
);

test('a file refused twice is not what was announced', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-put-'));
  await writeFile(join(folder, 'file'), 'x');
  const body: PutBody = { kind: 'file', path: join(folder, 'file'), bytes: 1, sha256: 'a'.repeat(64) };
  const { s3 } = client(refusal('BadDigest'), refusal('BadDigest'));
  expect(await codeOf(sendPut(s3, AT, body))).toBe('IntegrityError');
  await rm(folder, { recursive: true });
});

test('any other refusal is passed on at once', async () => {
  const { s3, puts } = client(refusal('InvalidArgument'));
  expect(await codeOf(sendPut(s3, AT, BYTES))).toBe('InvalidInput');
  expect(puts()).toBe(1);
});

/** A store that waits for all the bytes that were announced, as real ones do. */
const patientStore = {
  send: (command: PutObjectCommand, { abortSignal }: { readonly abortSignal: AbortSignal }) => {
    (command.input.Body as ReadStream).resume();
    return new Promise((_, reject) => {
      abortSignal.addEventListener('abort', () => {
        reject(new Error('Request aborted'));
      });
    });
  },
} as unknown as S3Client;

test('a body that cannot be read ends the request as a technical failure', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-put-'));
  const { size } = await stat(folder);
  const body: PutBody = { kind: 'file', path: folder, bytes: size, sha256: 'a'.repeat(64) };
  expect(await codeOf(sendPut(patientStore, AT, body))).toBe('StoreUnavailable');
  await rm(folder, { recursive: true });
});

test('a file that shrinks while it is sent ends the request as a technical failure', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-put-'));
  const path = join(folder, 'file');
  await writeFile(path, 'whole');
  const put = patientStore.send.bind(patientStore);
  const shrinking = {
    send: async (command: PutObjectCommand, options: { readonly abortSignal: AbortSignal }) => {
      await truncate(path, 2);
      return put(command, options);
    },
  } as unknown as S3Client;
  const body: PutBody = { kind: 'file', path, bytes: 5, sha256: 'a'.repeat(64) };
  expect(await codeOf(sendPut(shrinking, AT, body))).toBe('StoreUnavailable');
  await rm(folder, { recursive: true });
});
