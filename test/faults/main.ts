// npm run faults -- [--kills N] [--seed S]: plays until N processes have been killed with -9 while they ran; pauses come on top.
import { parseArgs } from 'node:util';
import { killSchedule } from '../support/faults/kill-schedule';
import { difference, play, type Play } from '../support/faults/play';
import { startTestStack } from '../support/millrace';
import { faultTable, type Judged } from './fault-table';

const DEFAULT_KILLS = 200;
/** The first play of a stack is slower: caches are cold. */
const CALM_PLAYS = 3;
/** About a third of all strikes are pauses, and some find their victim's work done. */
const STRIKES_PER_KILL = 3;

function options(): { readonly kills: number; readonly seed: number } {
  const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
  const kills = Number(values.kills ?? DEFAULT_KILLS);
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  if (!Number.isSafeInteger(kills) || kills < 1)
    throw new Error('--kills must be a whole number of at least 1');
  if (!Number.isSafeInteger(seed)) throw new Error('--seed must be a whole number');
  return { kills, seed };
}

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

async function main(): Promise<number> {
  const { kills, seed } = options();
  say(`seed ${seed}, ${kills} kills; again with: npm run faults -- --kills ${kills} --seed ${seed}`);
  const stack = await startTestStack();
  const judged: Judged[] = [];
  let undisturbed: Play | undefined;
  try {
    for (let index = 0; index < CALM_PLAYS; index += 1) undisturbed = await play(stack, `calm-${index}`);
    if (!undisturbed) return 1;
    say(`undisturbed: ${undisturbed.seconds.toFixed(1)} s`);
    for (const [index, schedule] of killSchedule(seed, kills * STRIKES_PER_KILL).entries()) {
      if (killed(judged) >= kills) break;
      const one = await judge(undisturbed, () =>
        play(stack, `play-${index}`, schedule, (undisturbed?.seconds ?? 0) * 1000),
      );
      judged.push({ ...one, schedule });
      const seconds = one.played ? `${one.played.seconds.toFixed(1)} s` : 'no end';
      say(
        `play ${index + 1}: ${one.problem ? 'FAILED' : 'ok'}, ${seconds}, ${killed(judged)}/${kills} killed`,
      );
      if (one.problem) say(`${one.problem}\nschedule ${JSON.stringify(schedule)}\nstate ${stack.state}`);
    }
    say(faultTable(undisturbed, judged));
    return judged.some(({ problem }) => problem) ? 1 : 0;
  } finally {
    const failed = judged.length === 0 || judged.some(({ problem }) => problem);
    await stack.stop(failed ? 'keep' : undefined);
  }
}

function killed(judged: readonly Judged[]): number {
  const hits = judged.flatMap(({ played }) => played?.hits ?? []);
  return hits.filter(({ strike }) => strike.pauseMs === undefined).length;
}

/** A play that does not end is a result, too. */
async function judge(
  undisturbed: Play,
  playOnce: () => Promise<Play>,
): Promise<{ readonly played?: Play; readonly problem?: string }> {
  try {
    const played = await playOnce();
    const problem = difference(undisturbed, played);
    return { played, ...(problem ? { problem } : {}) };
  } catch (error) {
    return { problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

void main().then((code) => {
  process.exitCode = code;
});
