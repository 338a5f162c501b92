import { PEERS, type Peer } from './python';

/** Years of flights, 336,776 real rows each. */
export const SIZES = {
  S: { years: 1, rows: '336 thousand rows', repeats: 3, peers: PEERS as readonly Peer[] },
  M: { years: 10, rows: '3.4 million rows', repeats: 3, peers: PEERS as readonly Peer[] },
  // The others need more memory than a small machine has; `--peers` asks for them.
  L: { years: 63, rows: '21 million rows', repeats: 1, peers: ['polars', 'duckdb'] as readonly Peer[] },
} as const;
export type Size = keyof typeof SIZES;

export interface Settings {
  readonly sizes: readonly Size[];
  readonly repeats?: number;
  readonly peers?: readonly Peer[];
  /** Whether a month is added to tables of 1 and of 119 months. */
  readonly months: boolean;
}

/** @throws Error for options that are none. */
export function readSettings(args: readonly string[], quick: boolean): Settings {
  if (quick) return { sizes: ['S'], repeats: 1, peers: ['polars', 'duckdb'], months: false };
  const sizes = (valueOf(args, '--size')?.split(',') ?? ['S', 'M']).map(sizeOf);
  const repeats = valueOf(args, '--repeats');
  const peers = valueOf(args, '--peers')
    ?.split(',')
    .filter((name) => name !== '')
    .map(peerOf);
  return {
    sizes,
    ...(repeats === undefined ? {} : { repeats: Number(repeats) }),
    ...(peers ? { peers } : {}),
    months: !args.includes('--no-months') && sizes.includes('M'),
  };
}

function valueOf(args: readonly string[], name: string): string | undefined {
  const index = args.indexOf(name);
  return index < 0 ? undefined : (args[index + 1] ?? '');
}

function sizeOf(name: string): Size {
  if (name === 'S' || name === 'M' || name === 'L') return name;
  throw new Error(`Unknown size "${name}": expected S, M or L`);
}

function peerOf(name: string): Peer {
  const peer = PEERS.find((known) => known === name);
  if (peer) return peer;
  throw new Error(`Unknown peer "${name}": expected ${PEERS.join(', ')}`);
}
