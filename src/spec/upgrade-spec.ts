import type { Finding } from './finding';

const CURRENT_SPEC_VERSION = 1;

type Upgrade = (raw: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

/**
 * How to turn a file of version N into one of version N + 1, by N. Upgrades keep the places of values where they can:
 * problems are reported by path.
 */
const UPGRADES: Readonly<Record<number, Upgrade>> = {};

/** Brings an older file to the current version, or says why it cannot be read. */
export function upgradeSpec(
  raw: unknown,
  upgrades: Readonly<Record<number, Upgrade>> = UPGRADES,
  current: number = CURRENT_SPEC_VERSION,
): { readonly raw: unknown; readonly findings: readonly Finding[] } {
  if (!isMapping(raw)) return { raw, findings: [] };
  let spec = raw;
  for (let version = spec['version']; version !== current; version = spec['version']) {
    const upgrade = typeof version === 'number' ? upgrades[version] : undefined;
    if (!upgrade) return { raw: spec, findings: versionFindings(version, current) };
    spec = upgrade(spec);
  }
  return { raw: spec, findings: [] };
}

function versionFindings(version: unknown, current: number): readonly Finding[] {
  if (typeof version !== 'number' || version <= current) return [];
  return [
    {
      path: ['version'],
      at: 'value',
      message: 'this file was written for a newer Millrace: update Millrace, or write the older version',
      expected: `version ${current} or older`,
      got: `version ${version}`,
    },
  ];
}

function isMapping(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}
