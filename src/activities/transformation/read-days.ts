import type { QuerySession } from '../../ports/query-engine';
import type { PartitionRows } from './write-partitions';

/** The session refuses more rows at once; 27 years of days. */
const PAGE_DAYS = 10_000;

/** Reads rows `{day, …}`, however many. @param sql a query that is ordered by day, each day once */
export async function readDays<T extends Pick<PartitionRows, 'day'>>(
  session: Pick<QuerySession, 'rows'>,
  sql: string,
): Promise<readonly T[]> {
  const days: T[] = [];
  for (let offset = 0; offset === days.length; offset += PAGE_DAYS) {
    const page = await session.rows(
      `SELECT * FROM (${sql}) ORDER BY day LIMIT ${PAGE_DAYS} OFFSET ${offset}`,
    );
    days.push(...(page as unknown as readonly T[]));
  }
  return days;
}
