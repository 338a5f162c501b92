import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { CompactTableResult, VacuumTableResult } from '../contracts/activities/maintenance';
import type { MaintainTablesInput, MaintainTablesResult } from '../contracts/messages';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes';
import { maintenance } from './support/activities';

const DEFAULT_RETENTION_DAYS = 30;
const TABLES = ['clean', 'features', 'tombstones'] as const;

/** Housekeeping of a pipeline's tables, one after the other: no row changes, and runs may go on meanwhile. */
export async function maintainTables(input: MaintainTablesInput): Promise<MaintainTablesResult> {
  const { pipeline, action, tables = TABLES, retentionDays = DEFAULT_RETENTION_DAYS } = input;
  const dryRun = action === 'vacuum' && (input.dryRun ?? true);
  upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.pipeline, value: pipeline }]);
  const nowMs = Date.now();
  const vacuumed: VacuumTableResult[] = [];
  const compacted: CompactTableResult[] = [];
  for (const table of tables) {
    const work = { pipeline, table, nowMs };
    const options = { summary: `${action} ${pipeline}/${table}` };
    if (action === 'compact') {
      compacted.push(await maintenance.compactTable.executeWithOptions(options, [work]));
    } else {
      const vacuum = { ...work, retentionDays, dryRun };
      vacuumed.push(await maintenance.vacuumTable.executeWithOptions(options, [vacuum]));
    }
  }
  const result: MaintainTablesResult = { pipeline, action, dryRun, vacuumed, compacted };
  setCurrentDetails(describe(result));
  return result;
}

function describe({ vacuumed, compacted, dryRun }: MaintainTablesResult): string {
  return [
    ...vacuumed
      .flatMap(({ table, leftovers, ...files }) => [
        { what: table, ...files },
        ...(leftovers ? [{ what: 'leftovers', ...leftovers }] : []),
      ])
      .map(
        ({ what, unneeded, unneededBytes, files }) =>
          `${what}: ${unneeded} of ${files} files (${unneededBytes} bytes) ${dryRun ? 'could go' : 'deleted'}`,
      ),
    ...compacted.map(
      ({ table, filesBefore, filesAfter }) => `${table}: ${filesBefore} files are now ${filesAfter}`,
    ),
  ].join('\n\n');
}
