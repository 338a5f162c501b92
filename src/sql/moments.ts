/**
 * Standard deviations that are the same in whatever order they are made, and keep their digits when the values are
 * large beside their spread: the deviations of each day's sorted values from their rounded mean, then those of the
 * days moved to the mean of all (Chan, Golub and LeVeque 1983, with the correction for the rounding of a mean).
 */

/** `{n, mean, d1, d2}` of the values `input`, d1 and d2 the sums of deviations and of their squares; NULL for none. */
export function dayMoments(input: string): string {
  const values = `list_sort(list(${input}) FILTER (WHERE isfinite(${input})))`;
  const first = sortedSum('list_transform(v, lambda x: x - m)');
  const second = sortedSum('list_transform(v, lambda x: (x - m) * (x - m))');
  const moments = `{'n': len(v), 'mean': m, 'd1': ${first}, 'd2': ${second}}`;
  return bound('v', values, bound('m', "list_aggregate(v, 'fsum') / len(v)", moments));
}

/** The sample standard deviation out of a list of days' moments; NULL for fewer than two values. */
export function stddevOfMoments(moments: string): string {
  const count = 'list_sum(list_transform(s, lambda d: d.n))';
  const mean = `${sortedSum('list_transform(s, lambda d: d.n * d.mean)')} / ${count}`;
  const first = sortedSum('list_transform(s, lambda d: d.d1 + d.n * (d.mean - m))');
  const second = sortedSum(
    'list_transform(s, lambda d: d.d2 + 2 * d.d1 * (d.mean - m) + d.n * (d.mean - m) * (d.mean - m))',
  );
  const variance = `(${second} - ${first} * ${first} / ${count}) / (${count} - 1)`;
  const value = `CASE WHEN ${count} > 1 THEN sqrt(greatest(${variance}, 0)) END`;
  const days = bound('s', `list_sort(${moments})`, bound('m', mean, value));
  return `list_filter([${days}], lambda value: isfinite(value))[1]`;
}

/** Names a value within an expression. */
function bound(name: string, value: string, body: string): string {
  return `list_transform([${value}], lambda ${name}: ${body})[1]`;
}

function sortedSum(list: string): string {
  return `list_aggregate(list_sort(${list}), 'fsum')`;
}
