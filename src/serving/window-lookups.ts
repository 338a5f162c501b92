import { canonicalJson } from '../domain/canonical-json';
import type { LookupsDocument } from '../sql/lookups';

export interface WindowLookup {
  readonly name: string;
  readonly over: readonly string[];
  /** @param key texts of the `over` columns; undefined when the window has no value for it. */
  readonly valueOf: (key: readonly (string | null)[]) => number | undefined;
}

/** The windows of `lookups.json`. Keys are compared as texts: 7 and "7" are the same, as they are in a CSV file. */
export function createWindowLookups({ windows }: LookupsDocument): readonly WindowLookup[] {
  return windows.map(({ name, over, aggregate, withoutHistory, values }) => {
    const byKey = new Map(Object.entries(values).map(([key, value]) => [normalizedKey(key), value]));
    const otherwise = aggregate === 'count' ? 0 : withoutHistory;
    const valueOf = (key: readonly (string | null)[]): number | undefined => {
      const value = byKey.get(canonicalJson(key));
      return value === undefined ? otherwise : (value ?? undefined);
    };
    return { name, over, valueOf };
  });
}

function normalizedKey(key: string): string {
  const values = JSON.parse(key) as readonly (string | number | boolean | null)[];
  return canonicalJson(values.map((value) => (value === null ? null : String(value))));
}
