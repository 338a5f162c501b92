import { createS3ObjectStore, type ClosableObjectStore } from '../adapters/object-store/s3';
import type { Settings } from '../config/settings';

/** The object store for a command: it has to be closed, or an idle connection keeps the process alive. */
export function createClientStore(settings: Pick<Settings, 'store'>): ClosableObjectStore {
  return createS3ObjectStore(settings.store);
}
