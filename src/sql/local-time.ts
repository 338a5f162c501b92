import type { AmbiguousTimes } from '../domain/plan';
import { text } from './quote';

/**
 * A local time (TIMESTAMP) of a zone as UTC (TIMESTAMP), or NULL when the zone's clock never showed it, or showed it
 * twice and nobody said which one is meant.
 *
 * The two moments that can be meant follow from the zone's offsets a day before and a day after: equal on most days,
 * different around a clock change. A moment is right when the clock shows the local time then.
 */
export function zonedToUtc(local: string, zone: string, ambiguous: AmbiguousTimes = 'reject'): string {
  const [before, after] = [momentBefore(local, zone), momentAfter(local, zone)];
  const [isBefore, isAfter] = [shows(before, zone, local), shows(after, zone, local)];
  switch (ambiguous) {
    case 'earlier':
      return `CASE WHEN ${isBefore} THEN ${before} WHEN ${isAfter} THEN ${after} END`;
    case 'later':
      return `CASE WHEN ${isAfter} THEN ${after} WHEN ${isBefore} THEN ${before} END`;
    case 'reject':
      return `CASE WHEN ${before} = ${after} OR (${isBefore} AND NOT ${isAfter}) THEN ${before} WHEN ${isAfter} AND NOT ${isBefore} THEN ${after} END`;
  }
}

/** True when the zone's clock showed the local time twice. */
export function isAmbiguous(local: string, zone: string): string {
  const [before, after] = [momentBefore(local, zone), momentAfter(local, zone)];
  return `(${before} <> ${after} AND ${shows(before, zone, local)} AND ${shows(after, zone, local)})`;
}

function momentBefore(local: string, zone: string): string {
  return `(${local} - ${offsetAt(`(${local} - INTERVAL 1 DAY)`, zone)})`;
}

function momentAfter(local: string, zone: string): string {
  return `(${local} - ${offsetAt(`(${local} + INTERVAL 1 DAY)`, zone)})`;
}

function offsetAt(utc: string, zone: string): string {
  return `(${clockAt(utc, zone)} - ${utc})`;
}

function shows(utc: string, zone: string, local: string): string {
  return `${clockAt(utc, zone)} = ${local}`;
}

/** What the zone's clock shows at a moment in UTC. */
function clockAt(utc: string, zone: string): string {
  return `((${utc} AT TIME ZONE 'UTC') AT TIME ZONE ${text(zone)})`;
}
