import type { PlaySchedule } from '../support/faults/kill-schedule';
import type { Play } from '../support/faults/play';
import type { Hit } from '../support/faults/strike';
import { VICTIMS } from '../support/faults/victims';

/** A play and the oracle's word on it. */
export interface Judged {
  readonly schedule: PlaySchedule;
  /** Absent when it did not come to its end. */
  readonly played?: Play;
  readonly problem?: string;
}

/** What was hit, how the plays ended, and how much longer they took. */
export function faultTable(undisturbed: Play, judged: readonly Judged[]): string {
  const rows = VICTIMS.map((victim) => {
    const plays = judged.filter(({ schedule }) => schedule.some((strike) => strike.victim === victim));
    const hits = plays
      .flatMap(({ played }) => played?.hits ?? [])
      .filter((hit) => hit.strike.victim === victim);
    const paused = hits.filter(({ strike }) => strike.pauseMs !== undefined).length;
    const ok = plays.filter(({ problem }) => problem === undefined).length;
    const seconds = plays.flatMap(({ played }) => (played ? [played.seconds] : []));
    return [victim, hits.length - paused, paused, `${ok}/${plays.length}`, ...spread(seconds)];
  });
  const head = ['victim', 'kill -9', 'paused', 'plays ok', 'median s', 'longest s'];
  const hits = judged.flatMap(({ played }) => (played ? hitStages(played) : []));
  const stages = [...new Set(hits)].map(
    (stage) => `${stage} ${hits.filter((other) => other === stage).length}`,
  );
  const strikes = judged.reduce((sum, { schedule }) => sum + schedule.length, 0);
  return [
    ...[head, ...rows].map((cells) =>
      cells
        .map((cell) => String(cell).padEnd(13))
        .join('')
        .trimEnd(),
    ),
    `undisturbed ${undisturbed.seconds.toFixed(1)} s; a play with several victims stands in each one's line`,
    `${hits.length} of ${strikes} strikes found their victim running`,
    `hit during: ${stages.join(', ')}`,
  ].join('\n');
}

function spread(seconds: readonly number[]): readonly string[] {
  const sorted = [...seconds].sort((left, right) => left - right);
  const at = (index: number): string => sorted[index]?.toFixed(1) ?? '-';
  return [at(Math.floor(sorted.length / 2)), at(sorted.length - 1)];
}

/** The stage that was under way at each hit, as the newest run's summary tells it. */
function hitStages({ hits, runs }: Play): readonly string[] {
  return hits.map((hit) => stageAt(hit, runs[0]));
}

function stageAt({ atMs }: Hit, run: Play['runs'][number] | undefined): string {
  if (!run) return 'unknown';
  let endMs = Date.parse(run.startedAt);
  if (atMs < endMs) return 'before the run';
  for (const { stage, seconds = 0 } of run.summary?.stages ?? []) {
    endMs += seconds * 1000;
    if (atMs < endMs) return stage;
  }
  return 'after the stages';
}
