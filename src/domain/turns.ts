/** A workflow execution that wants to work when it is its turn. */
export interface Asker {
  readonly workflowId: string;
  readonly runId: string;
}

/** What somebody wants a turn of. */
export type TurnOf =
  /** One run at a time works for a pipeline; its intake decides. */
  | { readonly pipeline: string }
  /** So many trainings at a time, of all pipelines and workers; `trainingPool` decides. */
  | { readonly trainings: number };

/** `full`: too many wait already to remember one more; ask again later. */
export type TurnAnswer = 'now' | 'later' | 'full';

/** Plain data for continue-as-new: about 120 bytes for each asker. */
export interface CarriedTurns {
  readonly held: readonly Asker[];
  readonly waiting: readonly Asker[];
}

interface TurnLimits {
  /** Turns at a time. */
  readonly limit: number;
  readonly maxWaiting: number;
}

/**
 * Who may work at the same time, and who comes next: first come, first served. Asking again is harmless, and whoever
 * asks under a workflow id that is known already takes the place of its predecessor: ids are unique among what runs.
 */
export class Turns {
  private held: readonly Asker[];
  private waiting: readonly Asker[];
  /** Turns at a time; may be changed at any time. */
  limit: number;
  private readonly maxWaiting: number;

  /** @param own workflow id of work of one's own that is under way; it counts like a turn */
  constructor(
    { limit, maxWaiting }: TurnLimits,
    carried?: CarriedTurns,
    private own?: string,
  ) {
    this.limit = limit;
    this.maxWaiting = maxWaiting;
    this.held = carried?.held ?? [];
    this.waiting = carried?.waiting ?? [];
  }

  get holders(): readonly Asker[] {
    return this.held;
  }

  get queued(): number {
    return this.waiting.length;
  }

  /** Somebody else is at work or wants to be. */
  get isWanted(): boolean {
    return this.held.length + this.waiting.length > 0;
  }

  get isFree(): boolean {
    return this.held.length + (this.own === undefined ? 0 : 1) < this.limit;
  }

  ask(asker: Asker): TurnAnswer {
    if (this.own === asker.workflowId) return 'now';
    this.held = this.held.map((other) => (other.workflowId === asker.workflowId ? asker : other));
    this.waiting = this.waiting.map((other) => (other.workflowId === asker.workflowId ? asker : other));
    if (this.held.includes(asker)) return 'now';
    if (this.waiting.includes(asker)) return 'later';
    if (this.isFree && this.waiting.length === 0) {
      this.held = [...this.held, asker];
      return 'now';
    }
    if (this.waiting.length >= this.maxWaiting) return 'full';
    this.waiting = [...this.waiting, asker];
    return 'later';
  }

  /** Gives a free turn to who waits longest; undefined when none is free or nobody waits. */
  give(): Asker | undefined {
    const [next, ...others] = this.waiting;
    if (!next || !this.isFree) return undefined;
    this.waiting = others;
    this.held = [...this.held, next];
    return next;
  }

  /** It has ended, or does not want to wait any more. */
  over({ runId }: Asker): void {
    this.held = this.held.filter((other) => other.runId !== runId);
    this.waiting = this.waiting.filter((other) => other.runId !== runId);
  }

  isHeldBy({ runId }: Asker): boolean {
    return this.held.some((other) => other.runId === runId);
  }

  /** @returns false when no turn is free. */
  beginOwn(workflowId: string): boolean {
    if (this.own === workflowId) return true;
    if (!this.isFree) return false;
    this.own = workflowId;
    return true;
  }

  endOwn(): void {
    this.own = undefined;
  }

  carry(): CarriedTurns {
    return { held: this.held, waiting: this.waiting };
  }
}
