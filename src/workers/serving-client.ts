import { createHttpServingAdmin } from '../adapters/serving-admin/http';
import type { Settings } from '../config/settings';
import type { ServingAdmin } from '../ports/serving-admin';

export function createServingAdmin({ serving }: Settings): ServingAdmin {
  return createHttpServingAdmin(serving);
}
