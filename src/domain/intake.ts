import { hintIdentity, versionFingerprint, type ObjectHint } from './object-hint';
import type { PauseNote } from './pause-note';

export type { ObjectHint } from './object-hint';

export interface IntakeTotals {
  readonly events: number;
  readonly duplicates: number;
  readonly runs: number;
  readonly failedRuns: number;
}

/** Object versions that landed and are not settled, in a document of the lake: oldest first. */
export interface BacklogRef {
  readonly uri: string;
  readonly objects: number;
}

export interface Backlog extends BacklogRef {
  /** How many of them were looked at. */
  readonly offset: number;
}

/** The part of the queue that continue-as-new carries over: a few KB, however much has landed. */
export interface CarriedQueue {
  readonly pending: readonly ObjectHint[];
  readonly behind?: boolean;
  readonly backlog?: Backlog;
  /** Ids of deliberate re-runs (`--again`); what they are about stands in the lake. */
  readonly again?: readonly string[];
  /** Fingerprints of object versions that were looked at lately. */
  readonly seen: readonly string[];
  readonly paused: boolean;
  readonly pauseNote?: PauseNote;
  readonly totals: IntakeTotals;
}

/** Hints in memory; beyond that the landing zone itself is the list of what is to be done. */
const MAX_PENDING = 2_000;
/** Versions that the entity itself remembers; older repeats are caught by the ledger, so this only saves look-ups. */
const REMEMBERED = 100;
const MAX_AGAIN = 50;
/** A batch travels as an activity input: keep it well under the 8 KB payload limit. */
const MAX_BATCH_BYTES = 6_000;
/** 3,000 for hints + 50 ids of 24 bytes + 100 fingerprints of 16 bytes + the rest: well under 8 KB. */
const MAX_CARRIED_HINT_BYTES = 3_000;

const NOTHING_YET: IntakeTotals = { events: 0, duplicates: 0, runs: 0, failedRuns: 0 };

/**
 * What one pipeline's intake has to look at. Bounded, whatever lands: hints that do not fit are dropped, and `behind`
 * says that the landing zone has to be surveyed instead; the lake knows what landed and what is settled.
 */
export class IntakeQueue {
  /** By {@link hintIdentity}, in order of arrival. */
  private pending = new Map<string, ObjectHint>();
  private seen: readonly string[];
  private totals: IntakeTotals;
  private againIds: readonly string[];
  private currentBacklog: Backlog | undefined;
  paused: boolean;
  pauseNote: PauseNote | undefined;
  /** True while there may be landed objects that neither hints nor backlog name. */
  behind: boolean;
  /** News since this object was made, duplicates not counted: a change means that there is a reason to look. */
  arrivals = 0;

  constructor(carried?: CarriedQueue) {
    this.seen = carried?.seen ?? [];
    this.paused = carried?.paused ?? false;
    this.pauseNote = carried?.pauseNote;
    this.totals = carried?.totals ?? NOTHING_YET;
    this.behind = carried?.behind ?? false;
    this.currentBacklog = carried?.backlog;
    this.againIds = carried?.again ?? [];
    for (const hint of carried?.pending ?? []) this.pending.set(hintIdentity(hint), hint);
  }

  /** Roughly how many objects wait; 0 only when there is nothing to do. */
  get size(): number {
    const { objects, offset } = this.currentBacklog ?? { objects: 0, offset: 0 };
    return this.hints + Math.max(0, objects - offset) + this.againIds.length + (this.behind ? 1 : 0);
  }

  get hints(): number {
    return this.pending.size;
  }

  get counts(): IntakeTotals {
    return this.totals;
  }

  get backlog(): Backlog | undefined {
    return this.currentBacklog;
  }

  get nextAgain(): string | undefined {
    return this.againIds[0];
  }

  add(hints: readonly ObjectHint[]): void {
    for (const hint of hints) {
      const duplicate = this.isDuplicate(hint);
      this.count({ events: 1, duplicates: duplicate ? 1 : 0 });
      if (duplicate) continue;
      this.arrivals += 1;
      if (this.hints < MAX_PENDING) this.pending.set(hintIdentity(hint), hint);
      else this.behind = true;
    }
  }

  /** A survey found these. While another backlog is worked off, the next survey will find them again. */
  offerBacklog(found: BacklogRef): void {
    this.arrivals += 1;
    if (this.currentBacklog) this.behind = true;
    else this.currentBacklog = { ...found, offset: 0 };
  }

  /** @param offset where to go on; undefined at the end. */
  advanceBacklog(offset: number | undefined): void {
    const backlog = this.currentBacklog;
    this.currentBacklog = backlog && offset !== undefined ? { ...backlog, offset } : undefined;
  }

  /** A survey that starts now sees whatever the hints are about. */
  startSurvey(): void {
    this.behind = false;
    this.pending = new Map();
  }

  askAgain(id: string): void {
    if (this.againIds.includes(id) || this.againIds.length >= MAX_AGAIN) return;
    this.arrivals += 1;
    this.againIds = [...this.againIds, id];
  }

  finishAgain(id: string): void {
    this.againIds = this.againIds.filter((other) => other !== id);
  }

  /** The next hints in order of arrival, at most `maxObjects` and small enough for one message. */
  takeBatch(maxObjects: number): readonly ObjectHint[] {
    const batch = firstThatFit([...this.pending.values()].slice(0, Math.max(1, maxObjects)), MAX_BATCH_BYTES);
    for (const hint of batch) this.pending.delete(hintIdentity(hint));
    return batch;
  }

  /** Puts hints back: at the front their turn comes again first, at the end after everything else. */
  putBack(hints: readonly ObjectHint[], place: 'front' | 'end' = 'front'): void {
    const back = hints.map((hint) => [hintIdentity(hint), hint] as const);
    const others = [...this.pending].filter(
      ([id]) => place === 'front' || !back.some(([other]) => other === id),
    );
    this.pending = new Map(place === 'front' ? [...back, ...others] : [...others, ...back]);
  }

  /** These versions were looked at: the same news again is none. */
  remember(hints: readonly ObjectHint[]): void {
    const fingerprints = hints.flatMap((hint) => versionFingerprint(hint) ?? []);
    this.seen = [...this.seen, ...fingerprints].slice(-REMEMBERED);
  }

  count(more: Partial<IntakeTotals>): void {
    this.totals = {
      events: this.totals.events + (more.events ?? 0),
      duplicates: this.totals.duplicates + (more.duplicates ?? 0),
      runs: this.totals.runs + (more.runs ?? 0),
      failedRuns: this.totals.failedRuns + (more.failedRuns ?? 0),
    };
  }

  carry(): CarriedQueue {
    const pending = firstThatFit([...this.pending.values()], MAX_CARRIED_HINT_BYTES);
    return {
      pending,
      behind: this.behind || pending.length < this.hints,
      ...(this.currentBacklog ? { backlog: this.currentBacklog } : {}),
      again: this.againIds,
      seen: this.seen,
      paused: this.paused,
      ...(this.pauseNote ? { pauseNote: this.pauseNote } : {}),
      totals: this.totals,
    };
  }

  private isDuplicate(hint: ObjectHint): boolean {
    const fingerprint = versionFingerprint(hint);
    if (fingerprint !== undefined && this.seen.includes(fingerprint)) return true;
    return this.pending.has(hintIdentity(hint));
  }
}

/** The first hints whose JSON is at most `maxBytes` long in all, but always one. */
function firstThatFit(hints: readonly ObjectHint[], maxBytes: number): readonly ObjectHint[] {
  let bytes = 0;
  const end = hints.findIndex(
    (hint, index) => (bytes += utf8Bytes(JSON.stringify(hint)) + 1) > maxBytes && index > 0,
  );
  return end < 0 ? hints : hints.slice(0, end);
}

/** Length in UTF-8; the sandbox of workflows has no Buffer. JSON text holds no lone surrogates. */
function utf8Bytes(text: string): number {
  return encodeURIComponent(text).replace(/%../g, '_').length;
}
