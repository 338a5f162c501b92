import type { Command } from 'commander';
import { listModelVersions, readAlias } from '../../lake/registry';
import { commandAction } from '../command';
import { textTable } from '../text-table';

export function registerModels(program: Command): void {
  program
    .command('models PIPELINE')
    .description('registered model versions and which one is live')
    .action(
      commandAction(async ({ store, settings, plans }, _output, pipeline: string) => {
        await plans.currentDigest(pipeline);
        const versions = (await listModelVersions(store, settings.lakeBucket, pipeline)).map(
          ({ value }) => value,
        );
        const live = (await readAlias(store, settings.lakeBucket, pipeline, 'champion'))?.version ?? null;
        const rows = versions.map((record) => [
          `${record.version === live ? '* ' : '  '}v${record.version}`,
          record.metric,
          record.challenger,
          record.champion,
          `features v${record.lineage.featuresVersion}`,
          record.device,
          record.trainDigest.slice(0, 12),
        ]);
        const text =
          versions.length === 0
            ? `${pipeline} has no model yet`
            : textTable(
                ['version', 'metric', 'value', 'champion then', 'trained on', 'device', 'digest'],
                rows,
              );
        return { document: { pipeline, versions, live }, text };
      }),
    );
}
