import { basename } from 'node:path';
import type { Command } from 'commander';
import { formatS3Uri } from '../../domain/s3-uri';
import { fileBody } from '../../lake/streams';
import { commandAction, CommandError, type CommandResult } from '../command';
import { EXIT_CODES } from '../exit-codes';
import type { Output } from '../output';
import type { CliSession } from '../session';
import { textTable } from '../text-table';

export function registerUpload(program: Command): void {
  program
    .command('upload PIPELINE FILE...')
    .description('put files into the landing zone; the store then tells Millrace by itself')
    .action(commandAction(uploadFiles));
}

async function uploadFiles(
  session: CliSession,
  output: Output,
  pipeline: string,
  files: readonly string[],
): Promise<CommandResult> {
  const problem = nameClash(files);
  if (problem !== undefined) throw new CommandError(EXIT_CODES.usage, problem);
  const plan = await session.plans.load(pipeline, await session.plans.currentDigest(pipeline));
  const bar = output.progress('upload', files.length);
  const objects: { uri: string; versionId: string | null; bytes: number; sha256: string }[] = [];
  for (const [index, file] of files.entries()) {
    const location = {
      bucket: session.settings.lakeBucket,
      key: `${plan.source.prefix}${basename(file)}`,
    };
    const body = await describeFile(file);
    const { versionId } = await session.store.put(location, body);
    const { bytes, sha256 } = body;
    objects.push({ uri: formatS3Uri(location), versionId: versionId ?? null, bytes, sha256 });
    bar.update(index + 1);
  }
  bar.stop();
  const rows = objects.map(({ uri, bytes, sha256 }) => [uri, bytes, sha256.slice(0, 12)]);
  const table = textTable(['object', 'bytes', 'sha256'], rows);
  return { document: { pipeline, objects }, text: `${table}\nNext: ${session.hint(`wait ${pipeline}`)}` };
}

/** Files are named after their last part in the landing zone: the second of two would replace the first. */
export function nameClash(files: readonly string[]): string | undefined {
  const seen = new Map<string, string>();
  for (const file of files) {
    const name = basename(file);
    const other = seen.get(name);
    if (other !== undefined) {
      return `Two files would become one object [name=${name}]: ${other} and ${file}; rename one of them, or upload them one after the other`;
    }
    seen.set(name, file);
  }
  return undefined;
}

async function describeFile(file: string): ReturnType<typeof fileBody> {
  try {
    return await fileBody(file);
  } catch (error) {
    throw new CommandError(
      EXIT_CODES.notFound,
      `File cannot be read [file=${file}]: ${(error as Error).message}`,
    );
  }
}
