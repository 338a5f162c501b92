import { text } from './quote';

/**
 * What became of a rejected row: `open` = it can be replayed; `replaying` = a replay has it; `accepted` = a replay
 * brought it, or its correction, into the table; `returned` = it was replayed and rejected again, and stands open in
 * the replay's batch; `superseded` = a newer version of its file was accepted, or a backfill judged the file anew; `repeated` = it was rejected in a replay
 * that was rejected whole, and stands open in the batch it came from; `pending` = its batch is not finished.
 */
export const STANDINGS = [
  'open',
  'replaying',
  'accepted',
  'returned',
  'superseded',
  'repeated',
  'pending',
] as const;
export type Standing = (typeof STANDINGS)[number];

/** A replay that counts: running, or accepted. */
export interface StandingClaim {
  readonly state: 'replaying' | 'accepted';
  /** The rows that were claimed; absent = all rows of the batch. */
  readonly rowsPath?: string;
  /** What the replay rejected again, unless a corrected file took the rows' place. */
  readonly returnedPath?: string;
}

export interface StandingQuestion {
  readonly batch: string;
  /** The batch's rejected rows. */
  readonly path: string;
  readonly claims: readonly StandingClaim[];
  /** Of all rows that no replay has. */
  readonly otherwise: Extract<Standing, 'open' | 'superseded' | 'repeated' | 'pending'>;
  readonly superseded: readonly { readonly uri: string; readonly version: string }[];
}

const ROW = 'source_uri, version_id, line';

/** `quarantined`: the rejected rows of one batch with their `standing`. */
export function quarantinedViewSql({ batch, path, claims, otherwise, superseded }: StandingQuestion): string {
  const branches = claims.map((claim) => `WHEN ${isClaimed(batch, claim)} THEN ${standingOf(claim)}`);
  const old = superseded.map(({ uri, version }) => `(${text(uri)}, ${text(version)})`);
  if (otherwise === 'open' && old.length > 0)
    branches.push(`WHEN (source_uri, version_id) IN (${old.join(', ')}) THEN 'superseded'`);
  const standing =
    branches.length === 0 ? text(otherwise) : `CASE ${branches.join(' ')} ELSE ${text(otherwise)} END`;
  return `CREATE OR REPLACE VIEW quarantined AS
SELECT *, ${standing} AS standing FROM read_parquet(${text(path)})`;
}

function isClaimed(batch: string, { rowsPath }: StandingClaim): string {
  if (rowsPath === undefined) return 'true';
  return `(${ROW}) IN (SELECT (${ROW}) FROM read_parquet(${text(rowsPath)}) WHERE batch = ${text(batch)})`;
}

function standingOf({ state, returnedPath }: StandingClaim): string {
  if (returnedPath === undefined) return text(state);
  return `CASE WHEN (${ROW}) IN (SELECT (${ROW}) FROM read_parquet(${text(returnedPath)})) THEN 'returned' ELSE ${text(state)} END`;
}

/** Rows `{standing, rows}`. */
export const STANDINGS_SQL =
  'SELECT standing, count(*) AS rows FROM quarantined GROUP BY standing ORDER BY standing';

/** Rows `{rule, column, rows}`; a row with several reasons counts for each of them. */
export const REASONS_SQL = `SELECT rule, coalesce("column", '-') AS "column", count(*) AS rows
FROM (SELECT unnest(from_json(reasons, '[{"rule":"VARCHAR","column":"VARCHAR"}]'), recursive := true) FROM quarantined)
GROUP BY ALL ORDER BY rows DESC, rule, "column"`;

export interface RowFilter {
  /** Rows with this rule among their reasons. */
  readonly rule?: string;
  readonly standing?: Standing;
}

/** A condition over `quarantined`. */
export function filterSql({ rule, standing }: RowFilter): string {
  const byRule =
    rule === undefined
      ? []
      : [
          `list_contains(from_json(reasons, '[{"rule":"VARCHAR"}]').list_transform(lambda r: r.rule), ${text(rule)})`,
        ];
  const byStanding = standing === undefined ? [] : [`standing = ${text(standing)}`];
  return ['true', ...byRule, ...byStanding].join(' AND ');
}
