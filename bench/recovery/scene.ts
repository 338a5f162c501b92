import type { Client } from '@temporalio/client';
import type { Victim } from '../../test/support/faults/victims';
import type { TestStack } from '../../test/support/millrace';

/** One stack with a run under way. */
export interface Scene {
  readonly stack: TestStack;
  readonly client: Client;
  readonly pipeline: string;
  /** Seeded; from 0 to below 1. */
  readonly random: () => number;
}

/** One kill and what it cost. */
export interface Sample {
  readonly kind: Victim;
  /** What the process was at. */
  readonly during: string;
  /** From `kill -9` to progress. */
  readonly seconds: number;
}

export function sampleOf(kind: Victim, during: string, killedMs: number, progressMs: number): Sample {
  return { kind, during, seconds: Math.round(progressMs - killedMs) / 1000 };
}
