import { setTimeout as sleep } from 'node:timers/promises';
import { TransientFailure } from '../../ports/failures';
import type { ObjectStore, OpenObject, PutBody } from '../../ports/object-store';
import { cutBody, flippedBody, pacedBody, watchHalf } from './fault-bodies';
import { createFaultMarkers } from './fault-markers';
import { parseFaultRules, type FaultKind, type StoreMethod } from './fault-rules';

export interface FaultOptions {
  /** Remembers over restarts which rules have fired. */
  readonly markerDirectory: string;
  /** @default SIGKILL to this process */
  readonly kill?: () => void;
  /** @default SIGSTOP to this process */
  readonly pause?: () => void;
  /** @default really waits */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** What `slow` makes of the network. */
export const SLOW_NETWORK = { latencyMs: 200, bytesPerSecond: 8_192 } as const;

/** Claims one firing of a matching rule of the given kind. */
type Strikes = (kind: FaultKind, method: StoreMethod, key: string) => Promise<boolean>;

/**
 * Breaks a store on purpose, for tests of recovery (docs/how-to/inject-faults.md).
 *
 * `faults` holds rules `kind:method:keys[:times][@from]` separated by `;`, for example
 * `kill-after:createIfAbsent:tables/flights/clean/_delta_log/*;fail:put:runs/*:3`. Kinds: `kill-before` and
 * `kill-after` the call (for `open`: when half of the body was read), `pause-before` it (SIGSTOP), `fail` instead of the call (a
 * TransientFailure), `lose` the answer of a call that had its effect, `cut` an opened body in its middle, `flip` one bit
 * of it. A rule fires `times` times in all (default 1), from the `from`-th matching call of this process on. `slow` delays
 * every matching call, and the bodies of `open`, `put`, `createIfAbsent` and `replaceIfMatch`.
 *
 * @throws PermanentFailure('InvalidInput') for a rule that does not parse.
 */
export function withFaults(store: ObjectStore, faults: string, options: FaultOptions): ObjectStore {
  const { kill = killThisProcess, pause = pauseThisProcess, wait = sleep } = options;
  const strikes = createStrikes(faults, options.markerDirectory);
  const before = async (method: StoreMethod, key: string, bytes = 0): Promise<void> => {
    if (await strikes('slow', method, key)) await wait(slowCallMs(bytes));
    if (await strikes('kill-before', method, key)) kill();
    if (await strikes('pause-before', method, key)) pause();
    if (await strikes('fail', method, key)) throw injected(method, key);
  };
  const around = async <T>(
    method: StoreMethod,
    key: string,
    call: () => Promise<T>,
    bytes?: number,
  ): Promise<T> => {
    await before(method, key, bytes);
    const result = await call();
    if (await strikes('kill-after', method, key)) kill();
    if (await strikes('lose', method, key)) throw injected(method, key);
    return result;
  };
  return {
    head: (at) => around('head', at.key, () => store.head(at)),
    open: async (at) => {
      await before('open', at.key);
      const opened = await disturbBody(await store.open(at), strikes, kill, wait);
      if (!(await strikes('lose', 'open', at.key))) return opened;
      opened.body.destroy();
      throw injected('open', at.key);
    },
    put: (at, body) => around('put', at.key, () => store.put(at, body), bytesOf(body)),
    createIfAbsent: (at, body) =>
      around('createIfAbsent', at.key, () => store.createIfAbsent(at, body), bytesOf(body)),
    replaceIfMatch: (at, body, etag) =>
      around('replaceIfMatch', at.key, () => store.replaceIfMatch(at, body, etag), bytesOf(body)),
    copy: (from, to) => around('copy', to.key, () => store.copy(from, to)),
    list: (bucket, prefix, startAfter) =>
      listAround('list', () => store.list(bucket, prefix, startAfter), prefix, { before, strikes, kill }),
    listVersions: (bucket, prefix) =>
      listAround('listVersions', () => store.listVersions(bucket, prefix), prefix, { before, strikes, kill }),
    remove: (at) => around('remove', at.key, () => store.remove(at)),
  };
}

function slowCallMs(bytes: number): number {
  return SLOW_NETWORK.latencyMs + (1000 * bytes) / SLOW_NETWORK.bytesPerSecond;
}

const bytesOf = (body: PutBody): number => (body.kind === 'bytes' ? body.bytes.length : body.bytes);

function createStrikes(faults: string, markerDirectory: string): Strikes {
  const rules = parseFaultRules(faults).map((rule) => ({ ...rule, calls: 0 }));
  const claim = createFaultMarkers(markerDirectory);
  return async (kind, method, key) => {
    for (const rule of rules) {
      if (rule.kind !== kind || (rule.method !== '*' && rule.method !== method) || !rule.keys.test(key))
        continue;
      rule.calls += 1;
      if (rule.calls < rule.from) continue;
      // A network is slow for all calls alike.
      if (kind === 'slow' || (await claim(rule))) return true;
    }
    return false;
  };
}

async function disturbBody(
  opened: OpenObject,
  strikes: Strikes,
  kill: () => void,
  wait: (ms: number) => Promise<unknown>,
): Promise<OpenObject> {
  const { head } = opened;
  let { body } = opened;
  if (await strikes('slow', 'open', head.key)) body = pacedBody(body, SLOW_NETWORK.bytesPerSecond, wait);
  if (await strikes('flip', 'open', head.key)) body = flippedBody(body, head.bytes);
  if (await strikes('cut', 'open', head.key)) body = cutBody(body, head.bytes, injected('open', head.key));
  if (await strikes('kill-after', 'open', head.key)) body = watchHalf(body, head.bytes, kill);
  return { head, body };
}

interface ListHooks {
  readonly before: (method: StoreMethod, key: string) => Promise<void>;
  readonly strikes: Strikes;
  readonly kill: () => void;
}

async function* listAround<T>(
  method: StoreMethod,
  list: () => AsyncIterable<T>,
  prefix: string,
  { before, strikes, kill }: ListHooks,
): AsyncIterable<T> {
  await before(method, prefix);
  yield* list();
  if (await strikes('kill-after', method, prefix)) kill();
  if (await strikes('lose', method, prefix)) throw injected(method, prefix);
}

function injected(method: StoreMethod, key: string): TransientFailure {
  return new TransientFailure('StoreUnavailable', 'Injected fault: this call fails on purpose', {
    method,
    key,
  });
}

function killThisProcess(): void {
  process.kill(process.pid, 'SIGKILL');
}

function pauseThisProcess(): void {
  process.kill(process.pid, 'SIGSTOP');
}
