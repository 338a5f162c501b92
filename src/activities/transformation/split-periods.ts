import type { Period } from '../../domain/period';
import { cutPeriods } from './group-periods';

export interface PeriodBytes {
  readonly period: Period;
  /** Of what its rows are made from. */
  readonly bytes: number;
}

/** Histories hold three events for each. */
const MAX_GROUPS = 200;
/** Below the limit one activity does it all; a group weighs so much less. */
const GROUPS_PER_LIMIT = 4;

/**
 * Cuts periods, in their order, into groups for activities of their own; none when one activity does better. Pure.
 *
 * @param splitBytes less than this stays together
 * @param minDays a group is not cut shorter than this @default 0
 */
export function splitPeriods(
  periods: readonly PeriodBytes[],
  { splitBytes, minDays = 0 }: { readonly splitBytes: number; readonly minDays?: number },
): readonly (readonly Period[])[] {
  const total = periods.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total < splitBytes) return [];
  const groups = cutPeriods(periods, ({ bytes }) => bytes, {
    share: Math.max(splitBytes / GROUPS_PER_LIMIT, total / MAX_GROUPS),
    minDays,
  });
  return groups.length < 2 ? [] : groups.map((group) => group.map(({ period }) => period));
}
