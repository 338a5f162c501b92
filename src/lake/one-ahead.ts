/**
 * Works on the items in order, one ahead of whoever takes the results: while one result is used, the next one is made.
 * A failure is thrown in its turn. Leaving early waits for the work under way to settle.
 */
export async function* oneAhead<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const remaining = items.values();
  let settled: Promise<unknown> = Promise.resolve();
  const begin = (): Promise<R> | undefined => {
    const { done, value } = remaining.next();
    if (done) return undefined;
    const begun = work(value);
    // It may fail long before its turn.
    settled = begun.catch(() => undefined);
    return begun;
  };
  try {
    for (let next = begin(); next;) {
      const result = await next;
      next = begin();
      yield result;
    }
  } finally {
    await settled;
  }
}
