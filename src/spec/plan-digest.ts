import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json';
import type { PipelinePlan } from '../domain/plan';

/** Hex SHA-256 of the plan's canonical JSON: comments, order of keys and spelled-out defaults do not change it. */
export function planDigest(plan: PipelinePlan): string {
  return createHash('sha256').update(canonicalJson(plan)).digest('hex');
}
