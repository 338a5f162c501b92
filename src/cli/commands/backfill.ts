import { userInfo } from 'node:os';
import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError } from '@temporalio/client';
import type { Command } from 'commander';
import type { BackfillClient, BackfillInfo } from '../../client/backfill-client';
import type { BackfillDocument } from '../../contracts/activities/backfill';
import type { BackfillInput } from '../../contracts/backfill-messages';
import { workflowIds } from '../../contracts/workflow-names';
import { BACKFILL_KINDS } from '../../domain/backfill';
import { parseS3Uri } from '../../domain/s3-uri';
import { readDocument } from '../../lake/documents';
import { backfillPlanText, backfillProgressText } from '../backfill-text';
import { commandAction, CommandError, type CommandResult } from '../command';
import { confirm } from '../confirm';
import { EXIT_CODES } from '../exit-codes';
import type { Output } from '../output';
import type { CliSession } from '../session';

const VERBS = ['start', 'status', 'wait', 'pause', 'resume', 'cancel'] as const;
type Verb = (typeof VERBS)[number];

interface BackfillOptions {
  readonly from?: string;
  readonly to?: string;
  readonly only?: string;
  readonly concurrency: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly by?: string;
  readonly reason?: string;
}

const MAX_CONCURRENCY = 16;

export function registerBackfill(program: Command): void {
  program
    .command('backfill PIPELINE [VERB]')
    .description(`process old data once more, behind live data: ${VERBS.join(', ')}`)
    .option('--from <date>', 'first day, 2013-01-31: of the data where it is known, else of landing')
    .option('--to <date>', 'last day, inclusive')
    .option('--only <kind>', `${BACKFILL_KINDS.join(', ')} (default: all of them)`)
    .option('--concurrency <n>', 'runs at a time', '2')
    .option('--dry-run', 'only show the plan and its cost')
    .option('--yes', 'start without asking')
    .option('--by <name>', 'who wants it, or pauses it (default: you)')
    .option('--reason <text>', 'why it is paused; shown by `status`')
    .action(commandAction(backfillCommand));
}

async function backfillCommand(
  session: CliSession,
  output: Output,
  pipeline: string,
  verbText: string | undefined,
  options: BackfillOptions,
): Promise<CommandResult> {
  const verb = parseVerb(verbText ?? 'start');
  const wish = verb === 'start' ? parseWish(pipeline, options) : undefined;
  await session.plans.currentDigest(pipeline);
  const client = await session.backfills();
  if (wish) return start(session, output, client, wish, options);
  const standing = await requireBackfill(session, client, pipeline);
  if (verb === 'wait') return waitForEnd(session, client, pipeline);
  if (verb !== 'status') {
    if (standing.status !== 'running') {
      throw new CommandError(EXIT_CODES.refused, `${standing.workflowId} is ${standing.status}`);
    }
    await steer(client, pipeline, verb, options);
  }
  return describe(session, pipeline, await requireBackfill(session, client, pipeline));
}

async function start(
  { store, hint }: CliSession,
  output: Output,
  client: BackfillClient,
  wish: BackfillInput,
  { dryRun = false, yes = false }: BackfillOptions,
): Promise<CommandResult> {
  const { pipeline } = wish;
  const ref = await client.plan(wish);
  const { value: document } = await readDocument<BackfillDocument>(store, parseS3Uri(ref.uri));
  const plan = {
    plan: document.items.map(withoutSources),
    left: document.left,
    cost: ref.cost,
    more: ref.more,
    uri: ref.uri,
  };
  const text = backfillPlanText(document);
  if (dryRun || ref.cost.items === 0) return { document: { pipeline, ...plan }, text };
  if (!yes) {
    output.info(text);
    await confirm(output, 'Start it?');
  }
  try {
    await client.start({ ...wish, plan: ref });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new CommandError(
      EXIT_CODES.refused,
      `A backfill of ${pipeline} is under way: \`${hint(`backfill ${pipeline} status`)}\``,
    );
  }
  const next = `Next: ${hint(`backfill ${pipeline} status`)}\n      ${hint(`backfill ${pipeline} wait`)}`;
  const backfill = workflowIds.backfill(pipeline);
  return {
    document: { pipeline, ...plan, backfill },
    text: `${yes ? `${text}\n` : ''}Started ${backfill}\n${next}`,
  };
}

/** The objects of batches that were never made are no news for people, and may be many. */
function withoutSources(item: BackfillDocument['items'][number]): object {
  return { ...item, sources: undefined };
}

async function steer(
  client: BackfillClient,
  pipeline: string,
  verb: Verb,
  { by = userInfo().username, reason }: BackfillOptions,
): Promise<void> {
  if (verb === 'pause') await client.pause(pipeline, { by, ...(reason === undefined ? {} : { reason }) });
  if (verb === 'resume') await client.resume(pipeline);
  if (verb === 'cancel') await client.cancel(pipeline);
}

async function waitForEnd(
  session: CliSession,
  client: BackfillClient,
  pipeline: string,
): Promise<CommandResult> {
  try {
    await client.result(pipeline);
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
  }
  const info = await requireBackfill(session, client, pipeline);
  const { counts } = info.progress;
  const isWhole = info.status === 'completed' && counts.failed + counts.held === 0;
  return {
    ...describe(session, pipeline, info),
    ...(isWhole ? {} : { exitCode: EXIT_CODES.failed }),
  };
}

async function requireBackfill(
  { hint }: CliSession,
  client: BackfillClient,
  pipeline: string,
): Promise<BackfillInfo> {
  const info = await client.find(pipeline);
  if (info) return info;
  throw new CommandError(
    EXIT_CODES.notFound,
    `No backfill of ${pipeline} is known: \`${hint(`backfill ${pipeline} --from DATE --to DATE`)}\` starts one`,
  );
}

function describe({ hint }: CliSession, pipeline: string, info: BackfillInfo): CommandResult {
  const { status, progress } = info;
  const isPaused = status === 'running' && progress.state === 'paused';
  const next = isPaused ? `\nNext: ${hint(`backfill ${pipeline} resume`)}` : '';
  return { document: { backfill: info }, text: `${backfillProgressText(pipeline, status, progress)}${next}` };
}

function parseVerb(text: string): Verb {
  const verb = VERBS.find((known) => known === text);
  if (verb) return verb;
  throw new CommandError(EXIT_CODES.usage, `Unknown verb "${text}": expected ${VERBS.join(', ')}`);
}

/** @throws CommandError usage */
export function parseWish(pipeline: string, options: BackfillOptions): BackfillInput {
  const from = parseDay('--from', options.from);
  const to = parseDay('--to', options.to);
  if (from > to) throw new CommandError(EXIT_CODES.usage, `--from ${from} is after --to ${to}`);
  const only = BACKFILL_KINDS.find((kind) => kind === options.only);
  if (options.only !== undefined && !only) {
    throw new CommandError(
      EXIT_CODES.usage,
      `--only must be one of ${BACKFILL_KINDS.join(', ')}, got ${options.only}`,
    );
  }
  const concurrency = Number(options.concurrency);
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MAX_CONCURRENCY) {
    throw new CommandError(
      EXIT_CODES.usage,
      `--concurrency must be a whole number from 1 to ${MAX_CONCURRENCY}, got ${options.concurrency}`,
    );
  }
  const by = options.by ?? userInfo().username;
  return { pipeline, from, to, ...(only ? { only } : {}), concurrency, by };
}

function parseDay(option: string, text = ''): string {
  const timeMs = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : NaN;
  // The 30th of February is read as a day of March.
  if (!Number.isNaN(timeMs) && new Date(timeMs).toISOString().startsWith(text)) return text;
  throw new CommandError(EXIT_CODES.usage, `${option} must be a day like 2013-01-31, got "${text}"`);
}
