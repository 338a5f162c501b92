import { createSecretKey, type KeyObject } from 'node:crypto';

/** The keys of the payload codec: one encrypts, all of them decrypt, so that a key can be replaced while runs live. */
export interface KeyRing {
  readonly activeId: string;
  readonly keys: ReadonlyMap<string, KeyObject>;
}

const KEY_BYTES = 32;
const KEY_ID = /^[A-Za-z0-9._-]{1,64}$/;

export interface NamedKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** The first key encrypts. @throws Error without keys, for a repeated id, or for a key that is not 256 bits. */
export function createKeyRing(named: readonly NamedKey[]): KeyRing {
  const [active] = named;
  if (!active) throw new Error('Payload codec has no key: expected ID:BASE64, the first one encrypts');
  const keys = new Map<string, KeyObject>();
  for (const { id, bytes } of named) {
    if (keys.has(id)) throw new Error(`Payload codec key is given twice [id=${id}]`);
    if (bytes.length !== KEY_BYTES) {
      throw new Error(
        `Payload codec key is not 256 bits [id=${id}, bytes=${bytes.length}]: make one with \`openssl rand -base64 32\``,
      );
    }
    keys.set(id, createSecretKey(bytes));
  }
  return { activeId: active.id, keys };
}

/**
 * Takes `ID:BASE64` entries apart, separated by commas or line ends; lines that begin with `#` are comments.
 * Messages name ids and positions, never what stands after the colon.
 *
 * @throws Error for an entry of another form.
 */
export function parseKeyEntries(text: string): readonly NamedKey[] {
  const entries = text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return entries.map((entry, index) => {
    const colon = entry.indexOf(':');
    const id = entry.slice(0, Math.max(colon, 0));
    if (!KEY_ID.test(id)) {
      throw new Error(
        `Payload codec key ${index + 1} has no id: expected ID:BASE64, ID of letters, digits, . _ -`,
      );
    }
    return { id, bytes: Buffer.from(entry.slice(colon + 1), 'base64') };
  });
}
