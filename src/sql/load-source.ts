import type { PipelinePlan } from '../domain/plan';
import { csvRows } from './load-csv';
import { jsonRows, loadJsonFaultsSql } from './load-json';
import { createTypedRawSql, loadParquetSql } from './load-parquet';
import { cellKind } from './source-cells';
import { typedRecords, type StagedObject } from './staged-object';
import { structuralTableSql } from './validate';

/** Statements that read one file, or that prepare for all of them. */
export interface LoadStep {
  readonly sql: string;
  /** The file that is to blame when the engine cannot read it. */
  readonly object?: number;
}

/** `structural` out of the staged files of a batch, and of Parquet files `raw` with all their rows. */
export function loadSteps(
  plan: PipelinePlan,
  staged: readonly StagedObject[],
  faultsPath: string,
): readonly LoadStep[] {
  const structural = { sql: structuralTableSql(plan, faultsPath) };
  const perFile = (sql: (item: StagedObject) => string): readonly LoadStep[] =>
    staged.map((item) => ({ sql: sql(item), object: item.object }));
  switch (cellKind(plan.source)) {
    case 'text':
      return [structural];
    case 'json':
      return [structural, ...perFile(loadJsonFaultsSql)];
    case 'typed':
      return [
        { sql: createTypedRawSql(plan, staged) },
        structural,
        ...perFile((item) => loadParquetSql(plan, item)),
      ];
  }
}

/** Queries that together give all rows of a batch as they came: `$object`, `$line`, and a cell for each column. */
export function allRawRows(plan: PipelinePlan, staged: readonly StagedObject[]): readonly string[] {
  if (cellKind(plan.source) !== 'text') return rawRows(plan, staged);
  return staged.map((item) =>
    csvRows(plan, item, [item.path, ...typedRecords([item]).map(({ path }) => path)]),
  );
}

/** As {@link allRawRows}, without those that are typed already. */
export function rawRows(plan: PipelinePlan, staged: readonly StagedObject[]): readonly string[] {
  switch (cellKind(plan.source)) {
    case 'text':
      return staged.map((item) => {
        const apart = typedRecords([item]).flatMap(({ apartPath }) => apartPath ?? []);
        return csvRows(plan, item, [item.path, ...apart]);
      });
    case 'json':
      return staged.map((item) => jsonRows(plan, item));
    case 'typed':
      return ['SELECT * FROM raw'];
  }
}
