import type { PipelinePlan } from '../domain/plan';
import { createRawTableSql, loadCsvSql } from './load-csv';
import { loadJsonFaultsSql, loadJsonSql } from './load-json';
import { createTypedRawSql, loadParquetSql } from './load-parquet';
import { cellKind } from './source-cells';
import type { StagedObject } from './staged-object';
import { structuralTableSql } from './validate';

/** Statements that read one file, or that prepare for all of them. */
export interface LoadStep {
  readonly sql: string;
  /** The file that is to blame when the engine cannot read it. */
  readonly object?: number;
}

/** `raw` and `structural` out of the staged files of a batch. */
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
      return [{ sql: createRawTableSql(plan) }, ...perFile((item) => loadCsvSql(plan, item)), structural];
    case 'json':
      return [
        { sql: createRawTableSql(plan) },
        structural,
        ...perFile((item) => loadJsonSql(plan, item)),
        ...perFile(loadJsonFaultsSql),
      ];
    case 'typed':
      return [
        { sql: createTypedRawSql(plan, staged) },
        structural,
        ...perFile((item) => loadParquetSql(plan, item)),
      ];
  }
}
