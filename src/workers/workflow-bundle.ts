import { join } from 'node:path';

/** Written by the build, read by every worker that runs workflows: without and with the payload codec. */
export const WORKFLOW_BUNDLES = {
  plain: join(__dirname, '..', 'workflow-bundle.js'),
  encrypted: join(__dirname, '..', 'workflow-bundle-encrypted.js'),
} as const;
