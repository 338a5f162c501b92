import type {
  BackfillCost,
  BackfillItem,
  BackfillMethod,
  BackfillPlan,
  BackfillWish,
  BatchFacts,
  LeftAlone,
} from './backfill';
import type { DaySpan } from './period';

/** Keeps what a backfill's workflow has to remember well under a payload's 8 KB. */
export const MAX_BACKFILL_ITEMS = 1_000;

export interface BackfillTerms {
  /**
   * The contract names the column that says which of two rows is newer, so that order of arrival does not matter.
   * Without it what is merged later wins, and batches of the same days have to be merged in the order they landed.
   */
  readonly isVersioned: boolean;
  readonly concurrency: number;
  /** Of batches that never ran. */
  readonly typicalSeconds: number;
  /** From training to backup, once. */
  readonly trainingSeconds: number;
}

/**
 * Which batches a backfill processes, in which order and at what cost. Pure.
 *
 * A batch is in the range when one of its rows' days is; when no row of it was ever read, the day counts on which its
 * newest file landed.
 */
export function planBackfill(
  facts: readonly BatchFacts[],
  wish: BackfillWish,
  terms: BackfillTerms,
): BackfillPlan {
  const ordered = inOrder(facts);
  const inRange = ordered.filter((each) => overlap(rangeOf(each), wish));
  const wanted = new Map<string, Choice>();
  const left: LeftAlone[] = [];
  for (const each of inRange) {
    const choice = choose(each);
    if (!choice || (wish.only !== undefined && choice.kind !== wish.only)) continue;
    if (choice.because === '') left.push(leftAlone(each));
    else wanted.set(each.id, choice);
  }
  const chosen = terms.isVersioned ? wanted : withNewer(ordered, wanted);
  return toPlan(ordered, chosen, left, terms);
}

/**
 * What has to be merged once more because rows of an older batch were merged over it meanwhile: live data that came
 * while a backfill ran, or batches whose days nobody knew before.
 *
 * @param ran ids of the batches that the backfill has processed
 */
export function planFollowUp(
  facts: readonly BatchFacts[],
  ran: ReadonlySet<string>,
  terms: BackfillTerms,
): BackfillPlan {
  const ordered = inOrder(facts);
  const overtaken = new Map<string, Choice>();
  const older: BatchFacts[] = [];
  for (const each of terms.isVersioned ? [] : ordered) {
    const over = older.find((other) => isOver(other, each));
    if (over) overtaken.set(each.id, newerThan(over));
    if (ran.has(each.id)) older.push(each);
  }
  return toPlan(ordered, withNewer(ordered, overtaken), [], terms);
}

interface Choice {
  readonly kind: BackfillItem['kind'];
  /** Empty = left alone. */
  readonly because: string;
  readonly method: BackfillMethod;
}

/** Undefined: nothing is the matter with it. */
function choose({ state, reason = '', changed, reuses }: BatchFacts): Choice | undefined {
  const changes = changed.join(', ');
  switch (state) {
    case 'missing':
      return { kind: 'missing', because: 'never processed', method: 'new' };
    case 'failed':
      return { kind: 'failed', because: reason === '' ? 'its run failed' : reason, method: 'same' };
    case 'rejected':
      return {
        kind: 'failed',
        because: changes === '' ? '' : `was rejected; changed since: ${changes}`,
        method: 'replay',
      };
    case 'accepted':
      if (changes === '') return undefined;
      return {
        kind: 'stale',
        because: `changed since: ${changes}`,
        // Its books are kept by batch: only when the verdict on its rows stands can it stay the same one.
        method: reuses.includes('validate') && !reuses.includes('transform') ? 'same' : 'again',
      };
  }
}

function leftAlone({ batch = '' }: BatchFacts): LeftAlone {
  return { batch, because: 'rejected, and nothing has changed since: it would be rejected again' };
}

/** Batches that landed after a chosen one and hold rows of the same days must be merged after it, too. */
function withNewer(
  ordered: readonly BatchFacts[],
  chosen: ReadonlyMap<string, Choice>,
): ReadonlyMap<string, Choice> {
  const all = new Map(chosen);
  const older: BatchFacts[] = [];
  for (const each of ordered) {
    if (!all.has(each.id) && each.state === 'accepted') {
      const before = older.find((other) => shareDays(other, each));
      if (before) all.set(each.id, newerThan(before));
    }
    if (all.has(each.id) && each.days) older.push(each);
  }
  return all;
}

function newerThan({ batch = '', id }: BatchFacts): Choice {
  const name = (batch === '' ? id : batch).slice(0, 16);
  return { kind: 'newer', because: `holds newer rows of the same days as ${name}`, method: 'again' };
}

function toPlan(
  ordered: readonly BatchFacts[],
  chosen: ReadonlyMap<string, Choice>,
  left: readonly LeftAlone[],
  terms: BackfillTerms,
): BackfillPlan {
  const all = ordered.filter(({ id }) => chosen.has(id));
  const taken = all.slice(0, MAX_BACKFILL_ITEMS);
  const items = taken.map((each, index): BackfillItem => {
    const { kind, because, method } = chosen.get(each.id) ?? newerThan(each);
    const { id, batch, days, landedAt, objects, bytes, rows, sources } = each;
    const earlier = terms.isVersioned ? [] : [...taken.slice(0, index).entries()];
    return {
      id,
      ...(batch === undefined ? {} : { batch }),
      kind,
      because,
      method,
      ...(days ? { days } : {}),
      landedAt,
      objects,
      bytes,
      ...(rows === undefined ? {} : { rows }),
      seconds: each.seconds ?? terms.typicalSeconds,
      reuses: method === 'same' ? each.reuses : [],
      after: earlier.filter(([, other]) => shareDays(other, each)).map(([position]) => position),
      ...(sources ? { sources } : {}),
    };
  });
  return { items, left, cost: costOf(items, terms), more: all.length > items.length };
}

function costOf(
  items: readonly BackfillItem[],
  { concurrency, trainingSeconds }: BackfillTerms,
): BackfillCost {
  const sum = (of: (item: BackfillItem) => number): number =>
    items.reduce((total, item) => total + of(item), 0);
  return {
    items: items.length,
    objects: sum(({ objects }) => objects),
    bytes: sum(({ bytes }) => bytes),
    rows: sum(({ rows = 0 }) => rows),
    reusedStages: sum(({ reuses }) => reuses.length),
    seconds: items.length === 0 ? 0 : makespan(items, concurrency) + trainingSeconds,
  };
}

/** When the last one ends, in seconds: they start in order, so many at a time, and wait for those that they follow. */
function makespan(items: readonly BackfillItem[], concurrency: number): number {
  const ends: number[] = [];
  const lanes = Array.from({ length: concurrency }, () => 0);
  for (const { after, seconds } of items) {
    const lane = lanes.indexOf(Math.min(...lanes));
    const start = Math.max(lanes[lane] ?? 0, ...after.map((position) => ends[position] ?? 0));
    ends.push(start + seconds);
    lanes[lane] = start + seconds;
  }
  return Math.max(0, ...ends);
}

/** As they landed. */
function inOrder(facts: readonly BatchFacts[]): readonly BatchFacts[] {
  const place = ({ landedAt, id }: BatchFacts): string => `${landedAt} ${id}`;
  return [...facts].sort((left, right) => (place(left) < place(right) ? -1 : 1));
}

const DAY_CHARACTERS = '2013-01-31'.length;

function rangeOf({ days, landedAt }: BatchFacts): DaySpan {
  const landed = landedAt.slice(0, DAY_CHARACTERS);
  return days ?? { from: landed, to: landed };
}

function shareDays({ days: left }: BatchFacts, { days: right }: BatchFacts): boolean {
  return left !== undefined && right !== undefined && overlap(left, right);
}

/** @param older landed before `newer`, and its rows were merged after it. */
function isOver(older: BatchFacts, newer: BatchFacts): boolean {
  if (newer.state !== 'accepted' || older.mergedAs === undefined || newer.mergedAs === undefined)
    return false;
  return older.mergedAs > newer.mergedAs && shareDays(older, newer);
}

function overlap(left: DaySpan, right: DaySpan): boolean {
  return left.from <= right.to && right.from <= left.to;
}
