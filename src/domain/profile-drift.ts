import { driftLevel, psi, psiByChance, total, type DriftLevel } from './drift';
import { alignHistograms, alignValues, groupByShare, type AlignedCounts } from './histogram';
import type { ColumnProfile, Profile } from './profile';

/** How far a column has moved from what it is compared with. */
export interface ColumnDrift {
  readonly column: string;
  readonly level: DriftLevel | 'not compared';
  /** Population stability index; absent when not compared. */
  readonly psi?: number;
  /** What the index of unchanged rows stays below in 95 of 100 cases. */
  readonly psiByChance?: number;
  /** Why it is not compared. */
  readonly reason?: string;
  readonly nullPercentBefore: number;
  readonly nullPercentNow: number;
}

/** Compares each column of `now` with that of the same name; the largest index first. Pure. */
export function profileDrift(before: Profile, now: Profile): readonly ColumnDrift[] {
  const known = new Map(before.columns.map((column) => [column.name, column]));
  return now.columns
    .map((column) => columnDrift({ before, now, column, old: known.get(column.name) }))
    .sort((left, right) => (right.psi ?? -1) - (left.psi ?? -1));
}

interface Comparison {
  readonly before: Profile;
  readonly now: Profile;
  readonly column: ColumnProfile;
  readonly old: ColumnProfile | undefined;
}

function columnDrift(comparison: Comparison): ColumnDrift {
  const { before, now, column, old } = comparison;
  const facts = {
    column: column.name,
    nullPercentBefore: old ? percent(old.nulls, before.rows) : 0,
    nullPercentNow: percent(column.nulls, now.rows),
  };
  const reason = whyNotCompared(comparison);
  const aligned = reason === undefined && old ? alignColumns(before, now, old, column) : undefined;
  const index = aligned && psi(aligned.expected, aligned.actual);
  if (!aligned || index === undefined) {
    return { ...facts, level: 'not compared', reason: reason ?? 'there are no values to compare' };
  }
  const byChance = psiByChance(total(aligned.expected), total(aligned.actual), aligned.expected.length);
  return { ...facts, psi: index, psiByChance: byChance, level: driftLevel(index, byChance) };
}

function whyNotCompared({ column, old }: Comparison): string | undefined {
  if (!old) return 'the column is new';
  if (old.kind !== column.kind) return 'the column had another type';
  if (column.kind === 'time') return 'time moves on by itself';
  if (isCut(column) || isCut(old)) return 'too many different values';
  return undefined;
}

function isCut(column: ColumnProfile): boolean {
  return column.kind === 'text' && column.others > 0;
}

/** Counts per bin on both sides, rows without a value as a bin of their own. */
function alignColumns(
  before: Profile,
  now: Profile,
  old: ColumnProfile,
  column: ColumnProfile,
): AlignedCounts | undefined {
  const aligned = alignedValues(old, column);
  if (!aligned) return undefined;
  const empty = {
    expected: before.sampleRows - total(aligned.expected),
    actual: now.sampleRows - total(aligned.actual),
  };
  if (empty.expected === 0 && empty.actual === 0) return aligned;
  return { expected: [...aligned.expected, empty.expected], actual: [...aligned.actual, empty.actual] };
}

function alignedValues(old: ColumnProfile, column: ColumnProfile): AlignedCounts | undefined {
  if (old.kind === 'text' && column.kind === 'text') return alignValues(old.values, column.values);
  if (old.kind === 'text' || column.kind === 'text') return undefined;
  if (!old.range && !column.range) return { expected: [], actual: [] };
  if (!old.range || !column.range) {
    const count = total((old.range ?? column.range)?.histogram.counts ?? []);
    return old.range ? { expected: [count], actual: [0] } : { expected: [0], actual: [count] };
  }
  return groupByShare(alignHistograms(old.range.histogram, column.range.histogram));
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : (100 * part) / whole;
}
