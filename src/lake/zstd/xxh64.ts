export interface Xxh64 {
  readonly update: (bytes: Uint8Array) => void;
  /** The hash of all bytes so far, 64 bits. */
  readonly digest: () => bigint;
}

const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;
const STRIPE_BYTES = 32;

/**
 * XXH64 of a stream, seed 0, by the specification of the algorithm
 * (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md). The stripes are computed in halves of 32 bits:
 * big integers would be many times slower than what they check.
 */
export function createXxh64(): Xxh64 {
  // Four accumulators, each as its lower and its upper half.
  const lanes = new Int32Array([P1 + P2, P2, 0n, -P1].flatMap(halves));
  const rest = new Uint8Array(STRIPE_BYTES);
  let restBytes = 0;
  let totalBytes = 0;
  return {
    update: (bytes) => {
      totalBytes += bytes.length;
      let at = 0;
      if (restBytes > 0) {
        at = Math.min(STRIPE_BYTES - restBytes, bytes.length);
        rest.set(bytes.subarray(0, at), restBytes);
        restBytes += at;
        if (restBytes < STRIPE_BYTES) return;
        mixStripes(lanes, rest);
      }
      const last = bytes.length - ((bytes.length - at) % STRIPE_BYTES);
      mixStripes(lanes, bytes.subarray(at, last));
      rest.set(bytes.subarray(last));
      restBytes = bytes.length - last;
    },
    digest: () => finish(lanes, rest.subarray(0, restBytes), totalBytes),
  };
}

/** In each lane of each stripe: `lane = rotate(lane + input × P2, 31) × P1`. */
function mixStripes(lanes: Int32Array, stripes: Uint8Array): void {
  const [p1Low, p1High, p2Low, p2High] = PRIME_HALVES;
  const view = new DataView(stripes.buffer, stripes.byteOffset, stripes.byteLength);
  for (let at = 0; at < stripes.length; at += 8) {
    const lane = (at / 4) & 6;
    const inLow = view.getInt32(at, true);
    const inHigh = view.getInt32(at + 4, true);
    const addLow = Math.imul(inLow, p2Low);
    const addHigh = upperHalf(inLow, p2Low) + Math.imul(inLow, p2High) + Math.imul(inHigh, p2Low);
    const sum = ((lanes[lane] ?? 0) >>> 0) + (addLow >>> 0);
    const low = sum | 0;
    const high = ((lanes[lane + 1] ?? 0) + addHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
    // 31 to the left is 32, which swaps the halves, and one back.
    const turnedLow = (high >>> 1) | (low << 31);
    const turnedHigh = (low >>> 1) | (high << 31);
    lanes[lane] = Math.imul(turnedLow, p1Low);
    lanes[lane + 1] =
      upperHalf(turnedLow, p1Low) + Math.imul(turnedLow, p1High) + Math.imul(turnedHigh, p1Low);
  }
}

/** Of the product of two unsigned 32-bit integers, exact: no step has more than 53 bits. */
function upperHalf(left: number, right: number): number {
  const factor = right >>> 0;
  const lower = Math.floor(((left & 0xffff) * factor) / 0x10000);
  return Math.floor(((left >>> 16) * factor + lower) / 0x10000) | 0;
}

function finish(lanes: Int32Array, rest: Uint8Array, totalBytes: number): bigint {
  let hash = u64((totalBytes < STRIPE_BYTES ? P5 : merged(lanes)) + BigInt(totalBytes));
  const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
  let at = 0;
  for (; at + 8 <= rest.length; at += 8) {
    hash = u64(rotate(hash ^ mixed(view.getBigUint64(at, true)), 27n) * P1 + P4);
  }
  for (; at + 4 <= rest.length; at += 4) {
    hash = u64(rotate(hash ^ u64(BigInt(view.getUint32(at, true)) * P1), 23n) * P2 + P3);
  }
  for (const byte of rest.subarray(at)) hash = u64(rotate(hash ^ u64(BigInt(byte) * P5), 11n) * P1);
  hash = u64((hash ^ (hash >> 33n)) * P2);
  hash = u64((hash ^ (hash >> 29n)) * P3);
  return hash ^ (hash >> 32n);
}

function merged(lanes: Int32Array): bigint {
  const [a = 0n, b = 0n, c = 0n, d = 0n] = new BigUint64Array(lanes.slice().buffer);
  const sum = u64(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n));
  return [a, b, c, d].reduce((hash, lane) => u64((hash ^ mixed(lane)) * P1 + P4), sum);
}

function mixed(input: bigint): bigint {
  return u64(rotate(u64(input * P2), 31n) * P1);
}

function rotate(value: bigint, bits: bigint): bigint {
  return u64(value << bits) | (value >> (64n - bits));
}

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/** Lower half first, signed. */
function halves(value: bigint): readonly [number, number] {
  return [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
}

const PRIME_HALVES = [...halves(P1), ...halves(P2)] as const;
