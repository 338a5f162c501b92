export type Coalesced<Item, Result> = (items: readonly Item[]) => Promise<readonly Result[]>;

interface Call<Item, Result> {
  readonly items: readonly Item[];
  readonly resolve: (results: readonly Result[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Joins calls that arrive while another is under way into one: a query for a hundred rows costs little more than a
 * query for one. When a joint run fails, each call runs again alone, so that only the one at fault fails.
 *
 * @param run must answer with one result per item, in order.
 * @param maxItems of a joint run; a single larger call still runs whole.
 */
export function createCoalescer<Item, Result>(
  run: Coalesced<Item, Result>,
  maxItems: number,
): Coalesced<Item, Result> {
  const waiting: Call<Item, Result>[] = [];
  let running = false;

  const drain = async (): Promise<void> => {
    running = true;
    while (waiting.length > 0) await runCalls(run, takeCalls(waiting, maxItems));
    running = false;
  };

  return (items) =>
    new Promise((resolve, reject) => {
      waiting.push({ items, resolve, reject });
      if (!running) void drain();
    });
}

/** As many calls from the front as fit, at least one. */
function takeCalls<Item, Result>(waiting: Call<Item, Result>[], maxItems: number): Call<Item, Result>[] {
  let items = 0;
  const beyond = waiting.findIndex((call) => (items += call.items.length) > maxItems);
  return waiting.splice(0, beyond < 0 ? waiting.length : Math.max(1, beyond));
}

async function runCalls<Item, Result>(
  run: Coalesced<Item, Result>,
  calls: readonly Call<Item, Result>[],
): Promise<void> {
  try {
    const results = await run(calls.flatMap((call) => call.items));
    let start = 0;
    for (const { items, resolve } of calls) {
      resolve(results.slice(start, start + items.length));
      start += items.length;
    }
  } catch (error) {
    if (calls.length === 1) calls[0]?.reject(error);
    else for (const call of calls) await runCalls(run, [call]);
  }
}
