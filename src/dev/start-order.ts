import type { ProcessSpec } from './process-spec';

type Named = Pick<ProcessSpec, 'name' | 'needs'>;

/** Names of the processes that need `name`: they start after it and stop before it. */
export function dependentsOf(name: string, specs: readonly Named[]): string[] {
  return specs.filter((spec) => spec.needs.includes(name)).map((spec) => spec.name);
}

/** @throws Error when a process needs one that is not listed before it; so there is no cycle either. */
export function checkStartOrder(specs: readonly Named[]): void {
  const before = new Set<string>();
  for (const { name, needs } of specs) {
    const missing = needs.filter((need) => !before.has(need));
    if (missing.length > 0)
      throw new Error(`Bad start order [process=${name}]: ${missing.join(', ')} has to be listed before it`);
    before.add(name);
  }
}
