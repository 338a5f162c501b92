import { createRandom } from '../seeded-random';
import { VICTIMS, type Victim } from './victims';

const MOST_STRIKES = 3;
const PAUSE_MS = { least: 2_000, most: 8_000 };
const PAUSED_SHARE = 0.3;

/** One process is hit once, at a moment of a play. */
export interface Strike {
  readonly victim: Victim;
  /** After the upload, as a share (0 to 1) of the time that an undisturbed play takes: equal seeds hit equal stages. */
  readonly moment: number;
  /** Absent: SIGKILL. Else SIGSTOP for so long, then SIGCONT. */
  readonly pauseMs?: number;
}

/** The strikes of one play, in order of time. */
export type PlaySchedule = readonly Strike[];

/**
 * Plays with 1 to 3 strikes each, `strikes` in all: each victim as often as any other (give or take one), in random
 * order, at random moments. Equal seeds give equal schedules.
 */
export function killSchedule(seed: number, strikes: number): readonly PlaySchedule[] {
  const random = createRandom(seed);
  const waiting = shuffledVictims(random, strikes).map((victim): Strike => {
    const moment = random();
    const isPause = random() < PAUSED_SHARE;
    const pauseMs = Math.round(PAUSE_MS.least + random() * (PAUSE_MS.most - PAUSE_MS.least));
    return { victim, moment, ...(isPause ? { pauseMs } : {}) };
  });
  const plays: PlaySchedule[] = [];
  while (waiting.length > 0) {
    const count = 1 + Math.floor(random() * MOST_STRIKES);
    plays.push(waiting.splice(0, count).sort((left, right) => left.moment - right.moment));
  }
  return plays;
}

/** In rounds of all victims, so that also a short schedule meets each kind. */
function shuffledVictims(random: () => number, count: number): Victim[] {
  const victims: Victim[] = [];
  while (victims.length < count) {
    const keyed = VICTIMS.map((victim) => ({ victim, order: random() }));
    victims.push(...keyed.sort((left, right) => left.order - right.order).map(({ victim }) => victim));
  }
  return victims.slice(0, count);
}
