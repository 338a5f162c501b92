import { text } from './quote';
import { LINE, OBJECT } from './staging-names';

/** `replayed`: the rows that a replay brings back, by object number; `sources` must be there. */
export function replayedRowsTableSql(path: string): string {
  return `CREATE TABLE replayed AS
SELECT DISTINCT ${OBJECT}, line AS ${LINE}
FROM read_parquet(${text(path)}) JOIN sources USING (source_uri, version_id)`;
}

/** Takes the rows out that a corrected file replaces, before rows are compared or counted. */
export const DROP_REPLAYED_SQL: readonly string[] = ['parsed', 'structural'].map(
  (table) => `DELETE FROM ${table} USING replayed
WHERE ${table}.${OBJECT} = replayed.${OBJECT} AND ${table}.${LINE} = replayed.${LINE}`,
);

const JUDGED_TABLES = ['parsed', 'structural', 'violations', 'rejected'];

/** Leaves only the rows that are brought back; the others were there to be judged along with them. */
export const KEEP_REPLAYED_SQL: readonly string[] = JUDGED_TABLES.map(
  (table) => `DELETE FROM ${table} WHERE NOT EXISTS (
  SELECT 1 FROM replayed WHERE replayed.${OBJECT} = ${table}.${OBJECT} AND replayed.${LINE} = ${table}.${LINE}
)`,
);

/** Leaves only the rows of one object: the corrected file. */
export function keepObjectSql(object: number): readonly string[] {
  return JUDGED_TABLES.map((table) => `DELETE FROM ${table} WHERE ${OBJECT} <> ${object}`);
}

/** One row `{rows, rejectedRows}` of what is left. */
export const REPLAYED_COUNTS_SQL = `SELECT
  (SELECT count(*) FROM parsed) + (SELECT count(*) FROM structural) AS rows,
  (SELECT count(*) FROM rejected) + (SELECT count(*) FROM structural) AS "rejectedRows"`;
