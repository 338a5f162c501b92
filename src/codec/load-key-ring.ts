import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { readFile } from 'node:fs/promises';
import type { CodecSettings } from '../config/temporal-settings';
import { createKeyRing, parseKeyEntries, type KeyRing, type NamedKey } from './key-ring';

/** Decrypts with the key service; the ciphertext says by which of its keys. */
export type Decrypt = (ciphertext: Uint8Array) => Promise<Uint8Array>;

/**
 * The keys that payloads are encrypted with; undefined = the codec is off.
 *
 * @throws Error when a source cannot be read or is not of the expected form, or when two sources are given.
 */
export async function loadKeyRing(
  settings: CodecSettings,
  decrypt: Decrypt = decryptWithKms,
): Promise<KeyRing | undefined> {
  const { keys, keysFile, kmsKeys } = settings;
  const given = [keys, keysFile, kmsKeys].filter((source) => source !== undefined);
  if (given.length === 0) return undefined;
  if (given.length > 1) {
    throw new Error(
      'Payload codec keys come from several places: set only one of MILLRACE_CODEC_KEYS, MILLRACE_CODEC_KEYS_FILE, MILLRACE_CODEC_KMS_KEYS',
    );
  }
  if (keysFile !== undefined) return createKeyRing(parseKeyEntries(await readFile(keysFile, 'utf8')));
  if (keys !== undefined) return createKeyRing(parseKeyEntries(keys));
  const encrypted = parseKeyEntries(kmsKeys ?? '');
  const plain = encrypted.map(async ({ id, bytes }): Promise<NamedKey> => ({
    id,
    bytes: await decrypt(bytes),
  }));
  return createKeyRing(await Promise.all(plain));
}

async function decryptWithKms(ciphertext: Uint8Array): Promise<Uint8Array> {
  const client = new KMSClient({});
  try {
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob: ciphertext }));
    if (!Plaintext) throw new Error('AWS KMS answered without a key');
    return Plaintext;
  } finally {
    client.destroy();
  }
}
