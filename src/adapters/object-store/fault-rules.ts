import { PermanentFailure } from '../../ports/failures';
import type { ObjectStore } from '../../ports/object-store';

const FAULT_KINDS = [
  'kill-before',
  'kill-after',
  'pause-before',
  'fail',
  'lose',
  'cut',
  'flip',
  'slow',
] as const;
/** What happens to a body on its way happens to opened ones only. */
const BODY_KINDS: readonly string[] = ['cut', 'flip'];
const STORE_METHODS = [
  'head',
  'open',
  'put',
  'createIfAbsent',
  'replaceIfMatch',
  'copy',
  'list',
  'listVersions',
  'remove',
] as const satisfies readonly (keyof ObjectStore)[];

export type FaultKind = (typeof FAULT_KINDS)[number];
export type StoreMethod = (typeof STORE_METHODS)[number];

export interface FaultRule {
  /** Stable over restarts of the process: the rule's text and place in the list. */
  readonly id: string;
  readonly kind: FaultKind;
  readonly method: StoreMethod | '*';
  /** Matches whole keys; for `copy` the target's, for `list` and `listVersions` the prefix. */
  readonly keys: RegExp;
  /** How often it fires, over all restarts. */
  readonly times: number;
  /** The first matching call that it strikes at, counted from 1 in each process. */
  readonly from: number;
}

/**
 * Parses `kind:method:keys[:times][@from]` rules, separated by `;`. `keys` may hold `*` for any text, `method` may be `*`.
 *
 * @throws PermanentFailure('InvalidInput') that quotes the bad rule and says what was expected.
 */
export function parseFaultRules(text: string): readonly FaultRule[] {
  return text
    .split(';')
    .map((rule) => rule.trim())
    .filter((rule) => rule !== '')
    .map(parseRule);
}

function parseRule(rule: string, index: number): FaultRule {
  const match = /^([^:]*):([^:]*):(.+?)(?::(\d+))?(?:@(\d+))?$/.exec(rule);
  if (!match) throw badRule(rule, 'expected kind:method:keys[:times][@from]');
  const [, kind = '', method = '', keys = '', times = '1', from = '1'] = match;
  if (!isOneOf(FAULT_KINDS, kind)) throw badRule(rule, `kind must be one of ${FAULT_KINDS.join(', ')}`);
  if (method !== '*' && !isOneOf(STORE_METHODS, method)) {
    throw badRule(rule, `method must be one of ${STORE_METHODS.join(', ')}, or *`);
  }
  if (BODY_KINDS.includes(kind) && method !== 'open') throw badRule(rule, `${kind} works on open only`);
  if (Number(times) < 1) throw badRule(rule, 'times must be at least 1');
  if (Number(from) < 1) throw badRule(rule, 'from must be at least 1');
  return {
    id: `${index} ${rule}`,
    kind,
    method,
    keys: globToRegExp(keys),
    times: Number(times),
    from: Number(from),
  };
}

function globToRegExp(glob: string): RegExp {
  const parts = glob.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

function isOneOf<T extends string>(values: readonly T[], value: string): value is T {
  return values.some((candidate) => candidate === value);
}

function badRule(rule: string, problem: string): PermanentFailure {
  return new PermanentFailure('InvalidInput', `Bad fault rule: ${problem}`, {
    rule,
    example: 'fail:put:runs/*:3',
  });
}
