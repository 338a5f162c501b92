import { findFreePort, isPortFree } from './ports';
import { StackFailure } from './stack-failure';

/** In the order in which `--port-base` counts them up. */
const PORT_NAMES = ['temporal', 'temporalUi', 'objectStore', 'receiver', 'serving'] as const;
export type StackPorts = Readonly<Record<(typeof PORT_NAMES)[number], number>>;

async function portsFrom(base: number): Promise<StackPorts> {
  const entries = PORT_NAMES.map((name, index) => [name, base + index] as const);
  for (const [name, port] of entries) {
    if (await isPortFree(port)) continue;
    throw new StackFailure(
      'refused',
      `Port for ${name} is taken [port=${port}]: give another --port-base, or none to have free ports chosen`,
    );
  }
  return Object.fromEntries(entries) as unknown as StackPorts;
}

/**
 * The ports of a stack: counted up from `base` if given, else those it had before where they are still free, else free ones.
 * @throws StackFailure `refused` when a port counted from `base` is taken.
 */
export async function choosePorts(
  before: StackPorts | undefined,
  base: number | undefined,
): Promise<StackPorts> {
  if (base !== undefined) return portsFrom(base);
  const taken = new Set<number>(Object.values(before ?? {}));
  const chosen: Record<string, number> = {};
  for (const name of PORT_NAMES) {
    const earlier = before?.[name];
    const port = earlier !== undefined && (await isPortFree(earlier)) ? earlier : await findFreePort(taken);
    taken.add(port);
    chosen[name] = port;
  }
  return chosen as StackPorts;
}
