import { TransientFailure } from '../../ports/failures';
import type { ObjectStore, OpenObject } from '../../ports/object-store';
import { cutBody, flippedBody, watchHalf } from './fault-bodies';
import { createFaultMarkers } from './fault-markers';
import { parseFaultRules, type FaultKind, type StoreMethod } from './fault-rules';

export interface FaultOptions {
  /** Remembers over restarts which rules have fired. */
  readonly markerDirectory: string;
  /** @default SIGKILL to this process */
  readonly kill?: () => void;
  /** @default SIGSTOP to this process */
  readonly pause?: () => void;
}

/** Claims one firing of a matching rule of the given kind. */
type Strikes = (kind: FaultKind, method: StoreMethod, key: string) => Promise<boolean>;

/**
 * Breaks a store on purpose, for tests of recovery (docs/how-to/inject-faults.md).
 *
 * `faults` holds rules `kind:method:keys[:times][@from]` separated by `;`, for example
 * `kill-after:createIfAbsent:tables/flights/clean/_delta_log/*;fail:put:runs/*:3`. Kinds: `kill-before` and
 * `kill-after` the call (for `open`: when half of the body was read), `pause-before` it (SIGSTOP), `fail` instead of the call (a
 * TransientFailure), `lose` the answer of a call that had its effect, `cut` an opened body in its middle, `flip` one bit
 * of it. A rule fires `times` times in all (default 1), from the `from`-th matching call of this process on.
 *
 * @throws PermanentFailure('InvalidInput') for a rule that does not parse.
 */
export function withFaults(store: ObjectStore, faults: string, options: FaultOptions): ObjectStore {
  const { kill = killThisProcess, pause = pauseThisProcess } = options;
  const strikes = createStrikes(faults, options.markerDirectory);
  const before = async (method: StoreMethod, key: string): Promise<void> => {
    if (await strikes('kill-before', method, key)) kill();
    if (await strikes('pause-before', method, key)) pause();
    if (await strikes('fail', method, key)) throw injected(method, key);
  };
  const around = async <T>(method: StoreMethod, key: string, call: () => Promise<T>): Promise<T> => {
    await before(method, key);
    const result = await call();
    if (await strikes('kill-after', method, key)) kill();
    if (await strikes('lose', method, key)) throw injected(method, key);
    return result;
  };
  return {
    head: (at) => around('head', at.key, () => store.head(at)),
    open: async (at) => {
      await before('open', at.key);
      const opened = await disturbBody(await store.open(at), strikes, kill);
      if (!(await strikes('lose', 'open', at.key))) return opened;
      opened.body.destroy();
      throw injected('open', at.key);
    },
    put: (at, body) => around('put', at.key, () => store.put(at, body)),
    createIfAbsent: (at, body) => around('createIfAbsent', at.key, () => store.createIfAbsent(at, body)),
    replaceIfMatch: (at, body, etag) =>
      around('replaceIfMatch', at.key, () => store.replaceIfMatch(at, body, etag)),
    copy: (from, to) => around('copy', to.key, () => store.copy(from, to)),
    list: (bucket, prefix, startAfter) =>
      listAround('list', () => store.list(bucket, prefix, startAfter), prefix, { before, strikes, kill }),
    listVersions: (bucket, prefix) =>
      listAround('listVersions', () => store.listVersions(bucket, prefix), prefix, { before, strikes, kill }),
    remove: (at) => around('remove', at.key, () => store.remove(at)),
  };
}

function createStrikes(faults: string, markerDirectory: string): Strikes {
  const rules = parseFaultRules(faults).map((rule) => ({ ...rule, calls: 0 }));
  const claim = createFaultMarkers(markerDirectory);
  return async (kind, method, key) => {
    for (const rule of rules) {
      if (rule.kind !== kind || (rule.method !== '*' && rule.method !== method) || !rule.keys.test(key))
        continue;
      rule.calls += 1;
      if (rule.calls < rule.from) continue;
      if (await claim(rule)) return true;
    }
    return false;
  };
}

async function disturbBody(opened: OpenObject, strikes: Strikes, kill: () => void): Promise<OpenObject> {
  const { head } = opened;
  let { body } = opened;
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
