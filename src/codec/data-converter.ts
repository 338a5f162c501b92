import type { DataConverter } from '@temporalio/common';
import { createEncryptionCodec } from './encryption-codec';
import type { KeyRing } from './key-ring';

/** Also bundled for the sandbox of workflows. */
export const FAILURE_CONVERTER_PATH = require.resolve('./failure-converter');

/** With keys, everything that Millrace writes into a history is encrypted; without, the SDK's default. */
export function dataConverterFor(ring: KeyRing | undefined): DataConverter | undefined {
  if (!ring) return undefined;
  return { payloadCodecs: [createEncryptionCodec(ring)], failureConverterPath: FAILURE_CONVERTER_PATH };
}
