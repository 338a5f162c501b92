import type { DataConverter } from '@temporalio/common';
import { clientDataConverter } from './data-converter';
import type { KeyRing } from './key-ring';

/** Also bundled for the sandbox of workflows. */
export const FAILURE_CONVERTER_PATH = require.resolve('./failure-converter');

/** As for clients; failures, which only workers write, have their messages encrypted too. */
export function workerDataConverter(ring: KeyRing | undefined): DataConverter | undefined {
  return ring && { ...clientDataConverter(ring), failureConverterPath: FAILURE_CONVERTER_PATH };
}
