const GROWTH = 2;
const FIRST_CAPACITY = 1024;

/**
 * Hex SHA-256 digests, remembered by their first 64 bits: 8 bytes each, so a million cost 8 MB. Two of ten million
 * collide with a probability of 3 in a million.
 */
export interface DigestSet {
  readonly add: (digest: string) => void;
  readonly has: (digest: string) => boolean;
  readonly size: () => number;
}

export function createDigestSet(): DigestSet {
  let values = new BigUint64Array(FIRST_CAPACITY);
  let count = 0;
  let sorted = true;
  return {
    add: (digest) => {
      if (count === values.length) {
        const larger = new BigUint64Array(values.length * GROWTH);
        larger.set(values);
        values = larger;
      }
      const value = first64Bits(digest);
      sorted &&= count === 0 || (values[count - 1] ?? 0n) <= value;
      values[count] = value;
      count += 1;
    },
    has: (digest) => {
      if (!sorted) values.subarray(0, count).sort();
      sorted = true;
      return contains(values, count, first64Bits(digest));
    },
    size: () => count,
  };
}

function contains(values: BigUint64Array, count: number, wanted: bigint): boolean {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0n) < wanted) low = middle + 1;
    else high = middle;
  }
  return low < count && values[low] === wanted;
}

function first64Bits(digest: string): bigint {
  return BigInt(`0x${digest.slice(0, 16)}`);
}
