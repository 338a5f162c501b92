import type { Command } from 'commander';
import { commandAction, CommandError } from '../command';
import { EXIT_CODES } from '../exit-codes';
import { runTable } from '../run-table';
import { textTable } from '../text-table';

export function registerRuns(program: Command): void {
  program
    .command('runs [PIPELINE]')
    .description('list runs, newest first')
    .action(
      commandAction(async (session, _output, pipeline: string | undefined) => {
        if (pipeline !== undefined) await session.plans.currentDigest(pipeline);
        const runs = await (await session.runs()).list(pipeline);
        return { document: { runs }, text: runTable(runs) };
      }),
    );

  program
    .command('show RUN')
    .description("one run's stages: status, attempts, seconds, reused or done")
    .action(
      commandAction(async (session, _output, run: string) => {
        const client = await session.runs();
        const info = (await client.find(run)) ?? noSuchRun(run);
        const { stages } = info.summary ?? (await client.progress(run));
        const attempts = info.status === 'running' ? await client.attempts(run) : new Map<string, number>();
        const shown = stages.map((stage) => ({ ...stage, attempt: attempts.get(stage.stage) ?? null }));
        const rows = shown.map(({ stage, status, attempt, seconds, note }) => [
          stage,
          status,
          attempt ?? undefined,
          seconds?.toFixed(1),
          note,
        ]);
        const text = `${info.workflowId}: ${info.summary?.verdict ?? info.status} ${info.summary?.reasons.join('; ') ?? ''}\n\n${textTable(['stage', 'status', 'attempt', 's', 'note'], rows)}`;
        return { document: { ...info, stages: shown }, text };
      }),
    );

  program
    .command('cancel RUN')
    .description('stop a run; what it had published stays, what it had changed in serving is put back')
    .action(
      commandAction(async (session, _output, run: string) => {
        const client = await session.runs();
        const info = (await client.find(run)) ?? noSuchRun(run);
        if (info.status !== 'running') {
          throw new CommandError(EXIT_CODES.refused, `${run} is not running any more: it is ${info.status}`);
        }
        await client.cancel(run);
        return { document: { runs: [info] }, text: `Asked ${run} to stop` };
      }),
    );
}

function noSuchRun(run: string): never {
  throw new CommandError(EXIT_CODES.notFound, `No such run [run=${run}]: \`millrace runs\` lists them`);
}
