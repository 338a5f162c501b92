import type { Command } from 'commander';
import type { JsonValue } from '../../domain/canonical-json';
import { keyDifferences, type KeyDifference } from '../../domain/key-differences';
import { lakeLayout } from '../../domain/lake-layout';
import { STAGES, type Stage } from '../../domain/stage';
import { readDocument } from '../../lake/documents';
import type { StageDocument } from '../../lake/stage-results';
import { commandAction, CommandError, type CommandResult } from '../command';
import { EXIT_CODES } from '../exit-codes';
import { findRun } from '../find-run';
import type { Output } from '../output';
import { parseStage } from '../parse-stage';
import type { CliSession } from '../session';
import { textTable } from '../text-table';

const VALUE_CHARACTERS = 60;

export function registerExplainKey(program: Command): void {
  program
    .command('explain-key RUN STAGE')
    .description(`what a stage's result depends on: a run with the same reuses it (${STAGES.join(', ')})`)
    .option('--against <run>', 'show only what differs from that run')
    .action(commandAction(explainKey));
}

interface Key {
  readonly run: string;
  readonly digest: string;
  readonly parts: StageDocument<unknown>['parts'];
  readonly madeBy?: string;
}

async function explainKey(
  session: CliSession,
  _output: Output,
  run: string,
  stageName: string,
  { against }: { readonly against?: string },
): Promise<CommandResult> {
  const stage = parseStage(stageName);
  const key = await readKey(session, run, stage);
  const headline = `${stage} of ${run}: ${key.digest}${key.madeBy && key.madeBy !== run ? `, made by ${key.madeBy}` : ''}`;
  if (against === undefined) {
    const rows = Object.entries(key.parts).map(([name, value]) => [name, shown(value)]);
    return { document: { stage, ...key }, text: `${headline}\n\n${textTable(['part', 'value'], rows)}` };
  }
  const other = await readKey(session, against, stage);
  const differences = keyDifferences(other.parts, key.parts);
  const text = differences.length === 0 ? 'Nothing differs: the results are the same' : tableOf(differences);
  return {
    document: { stage, ...key, against: other, differences },
    text: `${headline}\nagainst ${against}: ${other.digest}\n\n${text}`,
  };
}

async function readKey(session: CliSession, run: string, stage: Stage): Promise<Key> {
  const info = await findRun(session, run);
  const stages = info.summary?.stages ?? (await (await session.runs()).progress(run)).stages;
  const digest = stages.find((entry) => entry.stage === stage)?.digest;
  if (digest === undefined) {
    throw new CommandError(
      EXIT_CODES.notFound,
      `Stage has no recorded result in this run [run=${run}, stage=${stage}]: see \`${session.hint(`show ${run}`)}\``,
    );
  }
  const key = lakeLayout.stageResult(info.pipeline, stage, digest);
  const { value } = await readDocument<StageDocument<unknown>>(session.store, {
    bucket: session.settings.lakeBucket,
    key,
  });
  return { run, digest, parts: value.parts, ...(value.madeBy ? { madeBy: value.madeBy } : {}) };
}

function tableOf(differences: readonly KeyDifference[]): string {
  return textTable(
    ['part', 'there', 'here'],
    differences.map(({ path, left, right }) => [path, shown(left), shown(right)]),
  );
}

function shown(value: JsonValue | undefined): string {
  if (value === undefined) return '–';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= VALUE_CHARACTERS ? text : `${text.slice(0, VALUE_CHARACTERS - 1)}…`;
}
