import type { Snapshot } from '../../lake/delta/snapshot';
import { changedDays, filesByDay, partitionFolder } from './table-partitions';

const snapshot = (...paths: readonly string[]): Snapshot =>
  ({ files: new Map(paths.map((path) => [path, { path }])) }) as unknown as Snapshot;

describe('table partitions', () => {
  it('are found by the day of their folder', () => {
    const byDay = filesByDay(snapshot(`${partitionFolder('2024-02-29')}/part-a.parquet`));
    expect([...byDay.keys()]).toEqual(['2024-02-29']);
    expect(filesByDay(undefined).size).toBe(0);
  });

  it('differ between two versions where a file came, went or was replaced', () => {
    const [kept, gone, old, young, fresh] = ['01', '02', '03', '03', '04'].map(
      (day, index) => `${partitionFolder(`2024-01-${day}`)}/part-${index}.parquet`,
    );
    expect(changedDays(snapshot(kept!, gone!, old!), snapshot(kept!, young!, fresh!))).toEqual([
      '2024-01-02',
      '2024-01-03',
      '2024-01-04',
    ]);
  });
});
