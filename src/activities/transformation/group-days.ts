/** So many rows take some 20 MB; fewer would cost more to find than to write. */
const GROUP_ROWS = 60_000;

/** Cuts days, in their order, into runs of about as many rows as a lane loads at once. */
export function groupDays<T extends { readonly rows: number }>(
  days: readonly T[],
): readonly (readonly T[])[] {
  const groups: T[][] = [];
  let rows = GROUP_ROWS;
  for (const day of days) {
    if (rows >= GROUP_ROWS) {
      groups.push([]);
      rows = 0;
    }
    groups.at(-1)?.push(day);
    rows += day.rows;
  }
  return groups;
}
