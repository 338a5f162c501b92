import type { Unit } from '../../domain/requirement';
import type { Finding, SpecPath } from '../finding';
import { nearestName } from '../../domain/nearest-name';
import type { SlaSpec } from '../schema/contract-schema';
import { suggest } from '../suggest';
import type { Compiled } from './compiled';

/** The standard's names for how old the data may be, in lower case. */
const LATENCY: readonly string[] = ['latency', 'ly', 'freshness', 'fr'];

const UNIT_WORDS: Readonly<Record<string, Unit>> = {
  d: 'days',
  day: 'days',
  days: 'days',
  h: 'hours',
  hr: 'hours',
  hour: 'hours',
  hours: 'hours',
  m: 'minutes',
  min: 'minutes',
  minute: 'minutes',
  minutes: 'minutes',
};

/** A service level: latency becomes a check of each batch that warns; a late batch is no bad batch. */
export function slaExpectations(sla: SlaSpec, path: SpecPath, eventTime: string | undefined): Compiled {
  if (!LATENCY.includes(sla.property.toLowerCase())) return { expectations: [], findings: [] };
  const column = sla.element?.split('.').at(-1) ?? eventTime;
  const unit = UNIT_WORDS[(sla.unit ?? 'd').toLowerCase()];
  const value = Number(sla.value);
  if (unit === undefined) return refused(unitFinding(sla, path));
  if (sla.value === null || typeof sla.value === 'boolean' || !Number.isFinite(value)) {
    return refused({
      path: [...path, 'value'],
      at: 'value',
      message: 'a latency is a number',
      expected: 'a number',
      got: JSON.stringify(sla.value),
    });
  }
  if (column === undefined) return { expectations: [], findings: [] };
  const item = {
    freshness: { column },
    mustBeLessOrEqualTo: value,
    unit,
    onFail: 'warn' as const,
    ...(sla.description !== undefined && { description: sla.description }),
  };
  const where = sla.element === undefined ? path : [...path, 'element'];
  return { expectations: [{ item, path: where, isVerbatim: false }], findings: [] };
}

function unitFinding(sla: SlaSpec, path: SpecPath): Finding {
  const words = Object.keys(UNIT_WORDS);
  return {
    path: [...path, 'unit'],
    at: 'value',
    message: 'latency is not measured in this unit',
    expected: `one of ${words.join(', ')}`,
    got: `"${String(sla.unit)}"`,
    ...suggest(nearestName(String(sla.unit), words)),
  };
}

function refused(finding: Finding): Compiled {
  return { expectations: [], findings: [finding] };
}
