import type { Command } from 'commander';
import { listSnapshots, verifySnapshot } from '../../lake/backups';
import { commandAction, CommandError, type CommandResult } from '../command';
import { EXIT_CODES } from '../exit-codes';
import type { Hint } from '../hint';
import type { Output, Progress } from '../output';
import type { CliSession } from '../session';
import { textTable } from '../text-table';

export function registerBackup(program: Command): void {
  const backup = program.command('backup').description('snapshots of all that a pipeline has published');
  backup
    .command('create PIPELINE')
    .description('take a snapshot now; every copy is read back and hashed')
    .action(commandAction(createBackup));
  backup.command('list PIPELINE').description('snapshots, oldest first').action(commandAction(listBackups));
  backup
    .command('verify PIPELINE')
    .description('read every object of a snapshot back and hash it')
    .option('--snapshot <name>', 'default: the newest')
    .action(commandAction(verifyBackup));
}

async function createBackup(session: CliSession, _output: Output, pipeline: string): Promise<CommandResult> {
  await session.plans.currentDigest(pipeline);
  const result = await (await session.runs()).backup(pipeline);
  return {
    document: { pipeline, ...result, verified: result.verifiedObjects },
    text: `Snapshot ${result.snapshot}: ${result.objects} objects, ${result.bytes} bytes, ${result.copiedObjects} copied and verified`,
  };
}

async function listBackups(session: CliSession, _output: Output, pipeline: string): Promise<CommandResult> {
  await session.plans.currentDigest(pipeline);
  const snapshots = await listSnapshots(session.store, session.settings.backupBucket, pipeline);
  const rows = snapshots.map(({ snapshot, createdAt }) => [
    snapshot,
    createdAt.slice(0, 19).replace('T', ' '),
  ]);
  const text =
    rows.length === 0 ? `${pipeline} has no backup yet` : textTable(['snapshot', 'created (UTC)'], rows);
  return { document: { pipeline, snapshots }, text };
}

async function verifyBackup(
  { store, settings, plans, hint }: CliSession,
  output: Output,
  pipeline: string,
  options: { readonly snapshot?: string },
): Promise<CommandResult> {
  await plans.currentDigest(pipeline);
  const { backupBucket } = settings;
  const newest = (await listSnapshots(store, backupBucket, pipeline)).at(-1)?.snapshot;
  const snapshot = options.snapshot ?? newest ?? noBackup(pipeline, hint);
  let bar: Progress | undefined;
  const result = await verifySnapshot(store, backupBucket, pipeline, snapshot, (done, total) => {
    (bar ??= output.progress('verify', total)).update(done);
  });
  bar?.stop();
  const damage = result.damaged.map(({ key, problem }) => `  damaged: ${key}: ${problem}`);
  const headline = `Snapshot ${snapshot}: ${result.verified} of ${result.objects} objects verified, ${result.bytes} bytes`;
  return {
    document: { pipeline, ...result },
    text: [headline, ...damage].join('\n'),
    exitCode: result.damaged.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failed,
  };
}

function noBackup(pipeline: string, hint: Hint): never {
  throw new CommandError(
    EXIT_CODES.notFound,
    `${pipeline} has no backup yet: \`${hint(`backup create ${pipeline}`)}\` makes one`,
  );
}
