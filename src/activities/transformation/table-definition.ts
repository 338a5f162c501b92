import type { TableName } from '../../domain/lake-layout';
import { partitionColumns } from '../../domain/period';
import { partitionUnit, type PipelinePlan } from '../../domain/plan';
import type { TableDefinition } from '../../lake/delta/table';

/** What a table of the pipeline looks like to other engines. */
export function tableDefinition(
  plan: PipelinePlan,
  table: TableName,
  columns: TableDefinition['columns'],
): TableDefinition {
  return {
    name: `${plan.pipeline}_${table}`,
    columns,
    partitionColumns: partitionColumns(partitionUnit(plan)),
  };
}
