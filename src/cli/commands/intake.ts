import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { IntakeProgress } from '../../contracts/messages';
import { pauseNoteText } from '../../domain/pause-note';
import { commandAction, CommandError, type CommandResult } from '../command';
import { EXIT_CODES } from '../exit-codes';
import type { Output } from '../output';
import type { CliSession } from '../session';

const VERBS = ['show', 'pause', 'resume', 'reconcile'] as const;
type Verb = (typeof VERBS)[number];

interface IntakeOptions {
  readonly reason?: string;
  readonly by?: string;
}

export function registerIntake(program: Command): void {
  program
    .command('intake PIPELINE [VERB]')
    .description(
      "a pipeline's intake: show it; pause and resume it (landed files wait); reconcile: look for files without an event",
    )
    .option('--reason <text>', 'why it is paused; shown by `intake`')
    .option('--by <name>', 'who pauses it (default: you)')
    .action(commandAction(intakeCommand));
}

async function intakeCommand(
  session: CliSession,
  _output: Output,
  pipeline: string,
  verbText: string | undefined,
  options: IntakeOptions,
): Promise<CommandResult> {
  const verb = parseVerb(verbText ?? 'show');
  await session.plans.currentDigest(pipeline);
  const intake = await session.intake();
  if (verb === 'pause') {
    const by = options.by ?? userInfo().username;
    await intake.pause(pipeline, { by, ...(options.reason === undefined ? {} : { reason: options.reason }) });
  }
  if (verb === 'resume') await intake.resume(pipeline);
  if (verb === 'reconcile') await intake.reconcile(pipeline);
  const progress = await (await session.runs()).intake(pipeline);
  return { document: { intake: progress ?? null }, text: describe(session, pipeline, progress) };
}

function parseVerb(text: string): Verb {
  const verb = VERBS.find((known) => known === text);
  if (verb) return verb;
  throw new CommandError(EXIT_CODES.usage, `Unknown verb "${text}": expected ${VERBS.join(', ')}`);
}

function describe({ hint }: CliSession, pipeline: string, progress: IntakeProgress | undefined): string {
  if (!progress) return `${pipeline}: no event has come yet`;
  const { state, pending, waitingRuns, totals, pauseNote, currentRun } = progress;
  const { events, duplicates, runs, failedRuns } = totals;
  const note = pauseNoteText(pauseNote);
  return [
    [`${pipeline}: ${state}`, note, currentRun].filter(Boolean).join(' '),
    `${pending} waiting, ${events} events (${duplicates} told nothing new), ${runs} runs, ${failedRuns} failed`,
    ...(waitingRuns > 0 ? [`${waitingRuns} resumed or replayed runs wait for their turn`] : []),
    ...(pauseNote ? [`Next: ${hint(`intake ${pipeline} resume`)}`] : []),
  ].join('\n');
}
