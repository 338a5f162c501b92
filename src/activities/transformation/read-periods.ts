import type { QuerySession } from '../../ports/query-engine';
import type { PeriodRows } from './group-periods';

/** The session refuses more rows at once; 27 years of days. */
const PAGE_PERIODS = 10_000;

/** Reads rows `{period, …}`, however many. @param sql a query that is ordered by period, each period once */
export async function readPeriods<T extends Pick<PeriodRows, 'period'>>(
  session: Pick<QuerySession, 'rows'>,
  sql: string,
): Promise<readonly T[]> {
  const periods: T[] = [];
  for (let offset = 0; offset === periods.length; offset += PAGE_PERIODS) {
    const page = await session.rows(
      `SELECT * FROM (${sql}) ORDER BY period LIMIT ${PAGE_PERIODS} OFFSET ${offset}`,
    );
    periods.push(...(page as unknown as readonly T[]));
  }
  return periods;
}
