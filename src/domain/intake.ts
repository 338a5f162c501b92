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
const MAX_BATCH_BYTES = 6_000;

/** Pending object events of one pipeline: no duplicates, in order for each key. */
export class IntakeQueue {
  private pending: ObjectHint[] = [];
  private readonly identities = new Set<string>();
  private seen: string[];
  private totals: IntakeTotals;
  paused: boolean;
  /** Hints taken in since this object was made, duplicates not counted: a change means that there is news. */
  arrivals = 0;

  constructor(carried?: IntakeCarriedState) {
    this.seen = [...(carried?.seen ?? [])];
    this.paused = carried?.paused ?? false;
    this.totals = carried?.totals ?? { events: 0, duplicates: 0, runs: 0, failedRuns: 0 };
    for (const hint of carried?.pending ?? []) this.insert(hint);
  }

  get size(): number {
    return this.pending.length;
  }

  get counts(): IntakeTotals {
    return this.totals;
  }

  add(hints: readonly ObjectHint[]): void {
    for (const hint of hints) {
      const duplicate = this.isDuplicate(hint);
      this.count({ events: 1, duplicates: duplicate ? 1 : 0 });
      if (duplicate) continue;
      this.arrivals += 1;
      this.insert(hint);
    }
  }

  /** The next hints in order, at most `maxObjects` and small enough for one message. */
  takeBatch(maxObjects: number): readonly ObjectHint[] {
    let bytes = 0;
    const candidates = this.pending.slice(0, Math.max(1, maxObjects));
    const end = candidates.findIndex(
      (hint, index) => (bytes += utf8Bytes(JSON.stringify(hint))) > MAX_BATCH_BYTES && index > 0,
    );
    const batch = end < 0 ? candidates : candidates.slice(0, end);
    this.pending = this.pending.slice(batch.length);
    for (const hint of batch) this.identities.delete(identity(hint));
    return batch;
  }

  /** Puts hints back: at the front their turn comes again first, at the end after everything else. */
  putBack(hints: readonly ObjectHint[], place: 'front' | 'end' = 'front'): void {
    const missing = hints.filter((hint) => !this.identities.has(identity(hint)));
    this.pending = place === 'front' ? [...missing, ...this.pending] : [...this.pending, ...missing];
    for (const hint of missing) this.identities.add(identity(hint));
  }

  /** After their run has ended well: the same versions need no second look. */
  remember(hints: readonly ObjectHint[]): void {
    const versioned = hints.filter(({ versionId }) => versionId !== undefined).map(identity);
    this.seen = [...this.seen, ...versioned].slice(-REMEMBERED);
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
    if (this.identities.has(identity(hint))) return true;
    return hint.versionId !== undefined && this.seen.includes(identity(hint));
  }

  private insert(hint: ObjectHint): void {
    this.identities.add(identity(hint));
    const later =
      hint.sequencer === undefined
        ? -1
        : this.pending.findIndex(
            (other) => sameKey(other, hint) && compareSequencers(other.sequencer, hint.sequencer) > 0,
          );
    if (later < 0) this.pending.push(hint);
    else this.pending.splice(later, 0, hint);
  }
}

/**
 * Without a version id a hint only says "look at this key": while one look is pending, more of them say nothing new.
 */
function identity(hint: ObjectHint): string {
  return `${hint.bucket}/${hint.key}@${hint.versionId ?? ''}`;
}

function sameKey(left: ObjectHint, right: ObjectHint): boolean {
  return left.bucket === right.bucket && left.key === right.key;
}

/** Length in UTF-8; the sandbox of workflows has no Buffer. JSON text holds no lone surrogates. */
function utf8Bytes(text: string): number {
  return encodeURIComponent(text).replace(/%../g, '_').length;
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
