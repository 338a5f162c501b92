import { createHash } from 'node:crypto';
import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { PermanentFailure, TransientFailure } from '../../ports/failures';
import type { PutBody } from '../../ports/object-store';

/** S3's limit for one put; larger objects would need multipart uploads, whose checksum is not the content's. */
const MAX_PUT_BYTES = 5 * 1024 ** 3;

export interface PutContent {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  /** A fresh body for one request. */
  readonly open: () => Uint8Array | ReadStream;
}

/**
 * Measures what is to be stored before the first byte travels: a file that is shorter than announced would leave
 * the request hanging until its time-out.
 *
 * @throws PermanentFailure('IntegrityError') when a file no longer has the announced length,
 *   PermanentFailure('InvalidInput') above 5 GiB.
 */
export async function putContent(body: PutBody): Promise<PutContent> {
  if (body.kind === 'bytes') {
    const { bytes } = body;
    return {
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      open: () => bytes,
    };
  }
  await checkFile(body);
  return { bytes: body.bytes, sha256: body.sha256, open: () => openFile(body.path) };
}

async function checkFile(body: Extract<PutBody, { kind: 'file' }>): Promise<void> {
  const size = await sizeOf(body.path);
  if (size !== body.bytes) {
    const message = `File changed before its upload: expected ${body.bytes} bytes, got ${size}`;
    throw new PermanentFailure('IntegrityError', message, { file: body.path });
  }
  if (size > MAX_PUT_BYTES) {
    const message = `File is too large for one put: at most ${MAX_PUT_BYTES} bytes; split it`;
    throw new PermanentFailure('InvalidInput', message, { file: body.path, bytes: size });
  }
}

/** A scratch file that vanished is made anew by the next attempt. */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw new TransientFailure(
      'StoreUnavailable',
      'File to upload cannot be read',
      { file },
      { cause: error },
    );
  }
}

function openFile(path: string): ReadStream {
  const stream = createReadStream(path);
  // The request reports the fault; without a listener the event would end the process first.
  stream.on('error', () => undefined);
  return stream;
}
