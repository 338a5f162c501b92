/** An S3 event, reduced to what we may trust: that something happened to this key. */
export interface ObjectHint {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
  /** Order of events for one key: S3 `sequencer`, hex, compared right-aligned. */
  readonly sequencer?: string;
}

export interface IntakeTotals {
  readonly events: number;
  readonly duplicates: number;
  readonly runs: number;
  readonly failedRuns: number;
}

/** What continue-as-new carries over. */
export interface IntakeCarriedState {
  readonly pending: readonly ObjectHint[];
  readonly seen: readonly string[];
  readonly paused: boolean;
  readonly totals: IntakeTotals;
}

/**
 * Identities that the entity itself remembers. Older repeats are caught by the ledger in the lake, so this only
 * saves look-ups.
 */
const REMEMBERED = 100;

/** A batch travels as an activity input: keep it well under the 8 KB payload limit. */
const MAX_BATCH_JSON_CHARACTERS = 6_000;

/** Pending object events of one pipeline: no duplicates, in order for each key. */
export class IntakeQueue {
  private pending: ObjectHint[];
  private seen: string[];
  private totals: IntakeTotals;
  paused: boolean;
  /** Events since this object was made; a change means that something arrived. */
  arrivals = 0;

  constructor(carried?: IntakeCarriedState) {
    this.pending = [...(carried?.pending ?? [])];
    this.seen = [...(carried?.seen ?? [])];
    this.paused = carried?.paused ?? false;
    this.totals = carried?.totals ?? { events: 0, duplicates: 0, runs: 0, failedRuns: 0 };
  }

  get size(): number {
    return this.pending.length;
  }

  get counts(): IntakeTotals {
    return this.totals;
  }

  add(hints: readonly ObjectHint[]): void {
    for (const hint of hints) {
      this.arrivals += 1;
      const duplicate = this.isDuplicate(hint);
      this.count({ events: 1, duplicates: duplicate ? 1 : 0 });
      if (!duplicate) this.insert(hint);
    }
  }

  /** The next hints in order, at most `maxObjects` and small enough for one message. */
  takeBatch(maxObjects: number): readonly ObjectHint[] {
    let characters = 0;
    const fits = (hint: ObjectHint): boolean =>
      (characters += JSON.stringify(hint).length) <= MAX_BATCH_JSON_CHARACTERS;
    const candidates = this.pending.slice(0, Math.max(1, maxObjects));
    const end = candidates.findIndex((hint, index) => !fits(hint) && index > 0);
    const batch = end < 0 ? candidates : candidates.slice(0, end);
    this.pending = this.pending.slice(batch.length);
    this.seen = [...this.seen, ...batch.flatMap(rememberedIdentity)].slice(-REMEMBERED);
    return batch;
  }

  /** Puts hints back at the front: their turn comes again first. */
  putBack(hints: readonly ObjectHint[]): void {
    this.pending = [...hints, ...this.pending];
  }

  count(more: Partial<IntakeTotals>): void {
    this.totals = {
      events: this.totals.events + (more.events ?? 0),
      duplicates: this.totals.duplicates + (more.duplicates ?? 0),
      runs: this.totals.runs + (more.runs ?? 0),
      failedRuns: this.totals.failedRuns + (more.failedRuns ?? 0),
    };
  }

  carry(): IntakeCarriedState {
    return { pending: this.pending, seen: this.seen, paused: this.paused, totals: this.totals };
  }

  private isDuplicate(hint: ObjectHint): boolean {
    if (this.pending.some((other) => identity(other) === identity(hint))) return true;
    return hint.versionId !== undefined && this.seen.includes(identity(hint));
  }

  private insert(hint: ObjectHint): void {
    const later = this.pending.findIndex(
      (other) => sameKey(other, hint) && compareSequencers(other.sequencer, hint.sequencer) > 0,
    );
    this.pending.splice(later < 0 ? this.pending.length : later, 0, hint);
  }
}

/**
 * Without a version id a hint only says "look at this key": while one look is pending, more of them say nothing new.
 */
function identity(hint: ObjectHint): string {
  return `${hint.bucket}/${hint.key}@${hint.versionId ?? ''}`;
}

function rememberedIdentity(hint: ObjectHint): readonly string[] {
  return hint.versionId === undefined ? [] : [identity(hint)];
}

function sameKey(left: ObjectHint, right: ObjectHint): boolean {
  return left.bucket === right.bucket && left.key === right.key;
}

/**
 * S3's rule: pad the shorter hex string with zeros on the left and compare as text. Unknown order counts as equal.
 * Source: Amazon S3 User Guide, "Event message structure", `sequencer`.
 */
export function compareSequencers(left: string | undefined, right: string | undefined): number {
  if (left === undefined || right === undefined) return 0;
  const width = Math.max(left.length, right.length);
  const [a, b] = [left.padStart(width, '0').toLowerCase(), right.padStart(width, '0').toLowerCase()];
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
