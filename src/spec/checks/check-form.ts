import type { Finding } from '../finding';
import { missingKey } from '../key-findings';
import { exists, isStructure, type RawSource } from '../raw-values';
import type { SpecView } from '../spec-view';

/** The data is described once: by a contract, or by `columns`, `key` and `expectations`. */
export function checkForm(_view: SpecView, source: RawSource): readonly Finding[] {
  if (!isStructure(source.raw) || Array.isArray(source.raw)) return [];
  if (!exists(source.raw, ['contract'])) {
    return ['columns', 'key'].flatMap((key) => (exists(source.raw, [key]) ? [] : missingKey([key], source)));
  }
  return ['columns', 'key', 'expectations'].flatMap((key): readonly Finding[] => {
    if (!exists(source.raw, [key])) return [];
    const message = `"${key}" is said by the contract`;
    return [{ path: [key], at: 'key', message, expected: 'it in one place only', got: `"${key}"` }];
  });
}
