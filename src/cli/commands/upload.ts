import { basename } from 'node:path';
import type { Command } from 'commander';
import { formatS3Uri } from '../../domain/s3-uri';
import { fileBody } from '../../lake/streams';
import { commandAction, CommandError } from '../command';
import { EXIT_CODES } from '../exit-codes';
import { textTable } from '../text-table';

export function registerUpload(program: Command): void {
  program
    .command('upload PIPELINE FILE...')
    .description('put files into the landing zone; the store then tells Millrace by itself')
    .action(
      commandAction(async (session, output, pipeline: string, files: string[]) => {
        const plan = await session.plans.load(pipeline, await session.plans.currentDigest(pipeline));
        const bar = output.progress('upload', files.length);
        const objects: { uri: string; versionId: string | null; bytes: number; sha256: string }[] = [];
        for (const [index, file] of files.entries()) {
          const location = {
            bucket: session.settings.lakeBucket,
            key: `${plan.source.prefix}${basename(file)}`,
          };
          const body = await describeFile(file);
          const head = await session.store.put(location, body);
          objects.push({
            uri: formatS3Uri(location),
            versionId: head.versionId ?? null,
            bytes: body.bytes,
            sha256: body.sha256,
          });
          bar.update(index + 1);
        }
        bar.stop();
        const rows = objects.map(({ uri, bytes, sha256 }) => [uri, bytes, sha256.slice(0, 12)]);
        return { document: { pipeline, objects }, text: textTable(['object', 'bytes', 'sha256'], rows) };
      }),
    );
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
