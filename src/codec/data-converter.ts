import type { DataConverter } from '@temporalio/common';
import { createEncryptionCodec } from './encryption-codec';
import type { KeyRing } from './key-ring';

/** With keys, everything that a client writes into a history is encrypted; without, the SDK's default. */
export function clientDataConverter(ring: KeyRing | undefined): DataConverter | undefined {
  return ring && { payloadCodecs: [createEncryptionCodec(ring)] };
}
