import type { Payload, PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyRing } from './key-ring';

const ENCODING = 'encoding';
const ENCRYPTED = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts every payload whole, metadata included, with AES-256-GCM: nonce, ciphertext, tag. The form is that of the
 * encryption samples of Temporal's SDKs, so that other codecs with the key can read it.
 *
 * Payloads that are not encrypted pass through decoding: histories from before the codec was switched on stay readable.
 * @throws Error when the key of a payload is not in the ring, or when its bytes were changed.
 */
export function createEncryptionCodec(ring: KeyRing): PayloadCodec {
  return {
    encode: (payloads) => Promise.resolve(payloads.map((payload) => encrypt(payload, ring))),
    decode: (payloads) => Promise.resolve(payloads.map((payload) => decrypt(payload, ring))),
  };
}

function encrypt(payload: Payload, { activeId, keys }: KeyRing): Payload {
  const key = keys.get(activeId);
  if (!key) throw new Error(`Payload codec has no active key [id=${activeId}]`);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const plain = temporal.api.common.v1.Payload.encode(payload).finish();
  const data = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return { metadata: { [ENCODING]: Buffer.from(ENCRYPTED), [KEY_ID]: Buffer.from(activeId) }, data };
}

function decrypt(payload: Payload, { keys }: KeyRing): Payload {
  if (textOf(payload.metadata?.[ENCODING]) !== ENCRYPTED) return payload;
  const id = textOf(payload.metadata?.[KEY_ID]);
  const key = keys.get(id);
  if (!key) {
    throw new Error(
      `Payload was encrypted with a key that is not at hand [id=${id}]: add it to the codec's keys`,
    );
  }
  const data = Buffer.from(payload.data ?? []);
  const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(data.subarray(data.length - TAG_BYTES));
  const plain = [decipher.update(data.subarray(NONCE_BYTES, data.length - TAG_BYTES)), decipher.final()];
  return temporal.api.common.v1.Payload.decode(Buffer.concat(plain));
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}
