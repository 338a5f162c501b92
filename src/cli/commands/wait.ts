import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { RunInfo } from '../../client/run-client';
import { formatS3Uri } from '../../domain/s3-uri';
import { commandAction, CommandError } from '../command';
import { EXIT_CODES } from '../exit-codes';
import { unprocessedObjects } from '../landing';
import { runTable } from '../run-table';
import type { CliSession } from '../session';

const POLL_MS = 500;
/** An idle intake that leaves objects alone for this long did not hear of them, or their run failed. */
const STUCK_AFTER_MS = 15_000;

export function registerWait(program: Command): void {
  program
    .command('wait PIPELINE')
    .description('wait until all that landed is processed')
    .option('--timeout <seconds>', 'give up after this long', '600')
    .action(
      commandAction(async (session, output, pipeline: string, options: { timeout: string }) => {
        const seconds = Number(options.timeout);
        if (!(seconds > 0))
          throw new CommandError(
            EXIT_CODES.usage,
            `--timeout must be a number of seconds above 0, got ${options.timeout}`,
          );
        const runs = await waitForIdle(session, pipeline, seconds * 1000, output.info);
        return { document: { runs }, text: runTable(runs) };
      }),
    );
}

/** @throws CommandError when time is up or objects stay unprocessed, with their names. */
export async function waitForIdle(
  session: CliSession,
  pipeline: string,
  timeoutMs: number,
  say: (text: string) => void,
): Promise<readonly RunInfo[]> {
  const client = await session.runs();
  const deadline = Date.now() + timeoutMs;
  let stuckSince: number | undefined;
  let said = '';
  for (;;) {
    const intake = await client.intake(pipeline);
    const idle = !intake || ((intake.state === 'idle' || intake.state === 'paused') && intake.pending === 0);
    const waiting = idle ? await unprocessedObjects(session, pipeline) : [];
    if (idle && waiting.length === 0) return client.list(pipeline);
    const state = intake?.currentRun ?? intake?.state ?? 'no event yet';
    if (state !== said) say((said = state));
    stuckSince = idle ? (stuckSince ?? Date.now()) : undefined;
    const stuck = stuckSince !== undefined && Date.now() - stuckSince > STUCK_AFTER_MS;
    if (stuck || Date.now() > deadline) {
      const names = waiting.slice(0, 5).map(formatS3Uri).join(', ');
      const what = stuck ? `not processed [${names}]` : `still busy [state=${state}]`;
      throw new CommandError(
        EXIT_CODES.failed,
        `${pipeline}: ${what}: see \`millrace runs ${pipeline}\`; \`millrace run ${pipeline}\` tries again`,
        { waiting },
      );
    }
    await sleep(POLL_MS);
  }
}
