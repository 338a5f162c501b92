import type { Command } from 'commander';
import type { VacuumedFiles } from '../../contracts/activities/maintenance';
import type { MaintainTablesResult } from '../../contracts/messages';
import { lakeLayout, type TableName } from '../../domain/lake-layout';
import { schemaColumns } from '../../lake/delta/schema';
import type { DeltaTable } from '../../lake/delta/table';
import {
  describeTableVersion,
  listTableVersions,
  versionAt,
  type TableVersionSummary,
} from '../../lake/table-versions';
import { commandAction, CommandError, type CommandResult } from '../command';
import { EXIT_CODES } from '../exit-codes';
import type { Output } from '../output';
import type { CliSession } from '../session';
import { textTable } from '../text-table';

interface TablesOptions {
  readonly table?: string;
  readonly at?: string;
  readonly limit: string;
  readonly retentionDays: string;
  readonly delete?: boolean;
}

export function registerTables(program: Command): void {
  program
    .command('tables PIPELINE [ACTION]')
    .description('versions of the tables, one version, or housekeeping (ACTION: vacuum, compact)')
    .option(
      '--table <name>',
      'clean, features or tombstones (default: clean to look at, all for housekeeping)',
    )
    .option(
      '--at <version>',
      'show this version, or the one that was there at a time (ISO 8601, UTC without a zone)',
    )
    .option('--limit <versions>', 'list at most this many, the newest', '50')
    .option(
      '--retention-days <days>',
      'vacuum: keep the files of versions that were live within so many days',
      '30',
    )
    .option('--delete', 'vacuum: delete; without it, only what would go is shown')
    .action(commandAction(tables));
}

async function tables(
  session: CliSession,
  _output: Output,
  pipeline: string,
  action: string | undefined,
  options: TablesOptions,
): Promise<CommandResult> {
  const table = tableName(options.table);
  const limit = positive('--limit', options.limit);
  const retentionDays = positive('--retention-days', options.retentionDays);
  await session.plans.currentDigest(pipeline);
  if (action === 'vacuum' || action === 'compact') {
    const dryRun = action === 'vacuum' && options.delete !== true;
    const only = table === undefined ? {} : { tables: [table] };
    const result = await (
      await session.runs()
    ).maintain({ pipeline, action, dryRun, retentionDays, ...only });
    return { document: result, text: describeMaintenance(result) };
  }
  if (action !== undefined) {
    throw new CommandError(EXIT_CODES.usage, `ACTION must be vacuum or compact, got ${action}`);
  }
  const name = table ?? 'clean';
  const location = { bucket: session.settings.lakeBucket, tableRoot: lakeLayout.table(pipeline, name) };
  const version = await wantedVersion(session, location, options);
  return version === undefined
    ? listVersions(session, pipeline, name, location, limit)
    : showVersion(session, pipeline, name, location, version);
}

async function wantedVersion(
  { store }: CliSession,
  table: DeltaTable,
  { at }: TablesOptions,
): Promise<number | undefined> {
  if (at === undefined) return undefined;
  return /^v?\d+$/.test(at) ? Number(at.replace('v', '')) : versionAt(store, table, timeOf(at));
}

/** Without a zone it is UTC, as everywhere in Millrace. */
function timeOf(text: string): number {
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text) || !text.includes(':');
  const timeMs = Date.parse(hasZone ? text : `${text}Z`);
  if (!Number.isNaN(timeMs)) return timeMs;
  throw new CommandError(
    EXIT_CODES.usage,
    `--at must be a version such as 3 or a time such as 2026-03-01T12:00:00Z, got ${text}`,
  );
}

async function listVersions(
  { store }: CliSession,
  pipeline: string,
  table: TableName,
  location: DeltaTable,
  limit: number,
): Promise<CommandResult> {
  const versions = await listTableVersions(store, location, limit);
  const rows = versions.map((each) => [
    each.version,
    shortTime(each),
    each.rows,
    each.files,
    each.bytes,
    each.operation ?? '',
    originOf(each),
  ]);
  const text = textTable(['version', 'time (UTC)', 'rows', 'files', 'bytes', 'operation', 'batch'], rows);
  return { document: { pipeline, table, versions }, text };
}

async function showVersion(
  { store }: CliSession,
  pipeline: string,
  table: TableName,
  location: DeltaTable,
  version: number,
): Promise<CommandResult> {
  const { snapshot, ...summary } = await describeTableVersion(store, location, version);
  const present = new Set<string>();
  for await (const { key } of store.list(location.bucket, `${location.tableRoot}/`)) present.add(key);
  const missing = [...snapshot.files.keys()].filter(
    (path) => !present.has(`${location.tableRoot}/${path}`),
  ).length;
  const columns = schemaColumns(snapshot.metadata.schemaString);
  const uri = `s3://${location.bucket}/${location.tableRoot}`;
  const text = [
    `${uri} version ${version} of ${shortTime(summary)}: ${summary.rows} rows, ${summary.files} files, ${summary.bytes} bytes`,
    ...(missing > 0 ? [`${missing} of its files were vacuumed: it cannot be read any more`] : []),
    textTable(
      ['column', 'type'],
      columns.map(({ name, type }) => [name, type]),
    ),
  ];
  return {
    document: { pipeline, table, uri, ...summary, missingFiles: missing, columns },
    text: text.join('\n'),
  };
}

function describeMaintenance({ action, dryRun, vacuumed, compacted }: MaintainTablesResult): string {
  const lines = [
    ...vacuumed.flatMap(({ table, leftovers, ...tableFiles }) => [
      describeVacuum(table, tableFiles, dryRun),
      ...(leftovers ? [describeVacuum('leftovers', leftovers, dryRun)] : []),
    ]),
    ...compacted.map(
      ({ table, filesBefore, filesAfter }) => `${table}: ${filesBefore} files before, ${filesAfter} now`,
    ),
  ];
  return [...lines, ...(action === 'vacuum' && dryRun ? ['Nothing was deleted: add --delete'] : [])].join(
    '\n',
  );
}

function describeVacuum(
  what: string,
  { files, unneeded, unneededBytes }: VacuumedFiles,
  dryRun: boolean,
): string {
  const become = dryRun ? 'would be deleted' : 'deleted';
  return `${what}: ${unneeded} of ${files} files ${become}, ${unneededBytes} bytes`;
}

function shortTime({ time }: Pick<TableVersionSummary, 'time'>): string {
  return time.slice(0, 19).replace('T', ' ');
}

function originOf({ parameters }: TableVersionSummary): string {
  return (parameters['batchDigest'] ?? '').slice(0, 16);
}

function tableName(text: string | undefined): TableName | undefined {
  if (text === undefined || text === 'clean' || text === 'features' || text === 'tombstones') return text;
  throw new CommandError(EXIT_CODES.usage, `--table must be clean, features or tombstones, got ${text}`);
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new CommandError(EXIT_CODES.usage, `${option} must be a whole number above 0, got ${text}`);
}
