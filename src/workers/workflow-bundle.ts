import { join } from 'node:path';

/** Written by the build, read by every worker that runs workflows. */
export const WORKFLOW_BUNDLE_PATH = join(__dirname, '..', 'workflow-bundle.js');
