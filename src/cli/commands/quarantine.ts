import type { Command } from 'commander';
import { listQuarantine, readQuarantine, type QuarantinedRow } from '../../workers/quarantine';
import { commandAction, CommandError } from '../command';
import { EXIT_CODES } from '../exit-codes';
import { textTable } from '../text-table';

export function registerQuarantine(program: Command): void {
  const quarantine = program.command('quarantine').description('rows that were rejected, with every reason');

  quarantine
    .command('list PIPELINE')
    .description('batches with rejected rows, and the reasons counted')
    .action(
      commandAction(async ({ store, settings, plans }, _output, pipeline: string) => {
        await plans.currentDigest(pipeline);
        const batches = await listQuarantine(settings, store, pipeline);
        const rows = batches.flatMap(({ batch, reasons }) =>
          reasons.map(({ rule, column, rows: count }) => [batch.slice(0, 16), rule, column, count]),
        );
        const text =
          rows.length === 0
            ? `${pipeline} has no quarantined rows`
            : textTable(['batch', 'rule', 'column', 'rows'], rows);
        return {
          document: { pipeline, rows: batches.reduce((sum, entry) => sum + entry.rows, 0), batches },
          text,
        };
      }),
    );

  quarantine
    .command('show PIPELINE')
    .description('the rejected rows themselves')
    .option('--batch <digest>', 'start of a batch digest (default: all batches)')
    .option('--limit <rows>', 'at most this many', '20')
    .action(
      commandAction(
        async (
          { store, settings, plans },
          _output,
          pipeline: string,
          options: { batch?: string; limit: string },
        ) => {
          await plans.currentDigest(pipeline);
          const limit = Number(options.limit);
          if (!Number.isInteger(limit) || limit < 1) {
            throw new CommandError(
              EXIT_CODES.usage,
              `--limit must be a whole number above 0, got ${options.limit}`,
            );
          }
          const rows = await readQuarantine(settings, store, pipeline, { batch: options.batch ?? '', limit });
          return { document: { pipeline, rows }, text: rows.map(describe).join('\n') };
        },
      ),
    );
}

function describe({ sourceUri, line, raw, reasons }: QuarantinedRow): string {
  const why = reasons.map(
    ({ rule, column, value, message }) => `    ${column ?? '-'} = ${value ?? 'null'}: ${message} (${rule})`,
  );
  return [`${sourceUri}:${line}`, ...why, `    ${raw}`].join('\n');
}
