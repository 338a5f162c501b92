import type {
  BackfillCarried,
  BackfillCounts,
  BackfillProgress,
  BackfillRun,
} from '../../contracts/backfill-messages';
import type { RunSummary } from '../../contracts/messages';
import type { PauseNote } from '../../domain/pause-note';

const NOTHING_YET: BackfillCounts = { merged: 0, rejected: 0, failed: 0, held: 0, settled: 0 };
const SHOWN_FAILURES = 5;
/** Then somebody should look before the rest is tried. */
const FAILURES_BEFORE_PAUSE = 20;

/** What a backfill remembers: which items are done with, and how they ended. */
export class BackfillBook {
  private next: number;
  private open: readonly number[];
  private lost: readonly number[];
  private tally: BackfillCounts;
  private failuresInARow = 0;
  pause: PauseNote | undefined;
  newest: BackfillCarried['newest'];
  failures: BackfillProgress['failures'] = [];

  constructor(carried?: BackfillCarried) {
    this.next = carried?.next ?? 0;
    this.open = carried?.open ?? [];
    this.lost = carried?.lost ?? [];
    this.tally = carried?.counts ?? NOTHING_YET;
    this.newest = carried?.newest;
    this.pause = carried?.pause;
  }

  get counts(): BackfillCounts {
    return this.tally;
  }

  hasMore(items: number): boolean {
    return this.open.length > 0 || this.next < items;
  }

  /** The next item to look at. */
  take(items: number): number | undefined {
    const [first, ...others] = this.open;
    if (first !== undefined) {
      this.open = others;
      return first;
    }
    if (this.next >= items) return undefined;
    this.next += 1;
    return this.next - 1;
  }

  putBack(index: number): void {
    this.open = [...this.open, index].sort((left, right) => left - right);
  }

  isLost(index: number): boolean {
    return this.lost.includes(index);
  }

  settled(): void {
    this.count('settled');
  }

  held(index: number): void {
    this.lost = [...this.lost, index];
    this.count('held');
  }

  failed(index: number, workflowId: string, reason: string): void {
    this.lost = [...this.lost, index];
    this.count('failed');
    this.failures = [...this.failures, { workflowId, reason }].slice(-SHOWN_FAILURES);
    this.failuresInARow += 1;
    if (this.failuresInARow < FAILURES_BEFORE_PAUSE) return;
    this.failuresInARow = 0;
    this.pause ??= { by: 'millrace', reason: `${FAILURES_BEFORE_PAUSE} runs failed one after the other` };
  }

  /** @param summary absent when the run was no child of the backfill */
  completed(run: BackfillRun, summary?: RunSummary): void {
    this.failuresInARow = 0;
    this.count(countedAs(summary));
    const { featuresVersion } = summary ?? {};
    if (featuresVersion === undefined || featuresVersion < (this.newest?.featuresVersion ?? 0)) return;
    this.newest = { ...run, featuresVersion };
  }

  /** Another plan follows. */
  turnOver(): void {
    this.next = 0;
    this.open = [];
    this.lost = [];
  }

  carry(): BackfillCarried {
    return {
      next: this.next,
      open: this.open,
      lost: this.lost,
      counts: this.tally,
      ...(this.newest ? { newest: this.newest } : {}),
      ...(this.pause ? { pause: this.pause } : {}),
    };
  }

  private count(what: keyof BackfillCounts): void {
    this.tally = { ...this.tally, [what]: this.tally[what] + 1 };
  }
}

function countedAs(summary: RunSummary | undefined): keyof BackfillCounts {
  if (summary?.verdict === 'rejected') return 'rejected';
  return summary?.verdict === 'nothing_new' ? 'settled' : 'merged';
}
