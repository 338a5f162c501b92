import { periodFolder } from '../../domain/period';
import type { Snapshot } from '../../lake/delta/snapshot';
import { changedPeriods, filesByPeriod } from './table-partitions';

const snapshot = (...paths: readonly string[]): Snapshot =>
  ({ files: new Map(paths.map((path) => [path, { path }])) }) as unknown as Snapshot;

describe('table partitions', () => {
  it('are found by the period of their folder', () => {
    for (const period of ['2024-02-29', '2024-02', '2024']) {
      const files = filesByPeriod(
        snapshot(`${periodFolder(period)}/part-a.parquet`, `${periodFolder(period)}/part-b.parquet`),
      );
      expect([...files].map(([name, { length }]) => [name, length])).toEqual([[period, 2]]);
    }
    expect(filesByPeriod(undefined).size).toBe(0);
  });

  it('differ between two versions where a file came, went or was replaced', () => {
    const [kept, gone, old, young, fresh] = ['01', '02', '03', '03', '04'].map(
      (day, index) => `${periodFolder(`2024-01-${day}`)}/part-${index}.parquet`,
    );
    expect(changedPeriods(snapshot(kept!, gone!, old!), snapshot(kept!, young!, fresh!))).toEqual([
      '2024-01-02',
      '2024-01-03',
      '2024-01-04',
    ]);
  });
});
