/** So many rows take some 20 MB; fewer would cost more to find than to write. */
const GROUP_ROWS = 60_000;

/** Cuts periods, in their order, into runs of about as many rows as a lane loads at once. */
export function groupPeriods<T extends { readonly rows: number }>(
  periods: readonly T[],
): readonly (readonly T[])[] {
  const groups: T[][] = [];
  let rows = GROUP_ROWS;
  for (const period of periods) {
    if (rows >= GROUP_ROWS) {
      groups.push([]);
      rows = 0;
    }
    groups.at(-1)?.push(period);
    rows += period.rows;
  }
  return groups;
}
