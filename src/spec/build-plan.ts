import { lakeLayout } from '../domain/lake-layout';
import type {
  ColumnPlan,
  FeatureKind,
  FeaturePlan,
  PipelinePlan,
  TrainingPlan,
  WindowPlan,
} from '../domain/plan';
import { typeOf } from './checks/column-type';
import { deepFreeze } from './deep-freeze';
import { expandExpectation } from './expand-expectation';
import type { FeatureSpec, WindowSpec } from './schema/feature-schema';
import { WINDOW_AGGREGATES } from './schema/feature-schema';
import type { PipelineSpec } from './schema/pipeline-schema';
import { bareIdentifier } from './sql-identifiers';

/** A checked file → the frozen plan, with everything spelled out. */
export function buildPlan(spec: PipelineSpec): PipelinePlan {
  return deepFreeze({
    planVersion: 1,
    pipeline: spec.pipeline,
    description: spec.description,
    source: { ...spec.source, prefix: spec.source.prefix ?? lakeLayout.landingPrefix(spec.pipeline) },
    columns: Object.entries(spec.columns).map(([name, column]) => buildColumn(name, column)),
    key: spec.key,
    eventTime: spec.eventTime,
    expectations: spec.expectations.flatMap(expandExpectation),
    quarantine: spec.quarantine,
    label: spec.label,
    features: spec.features.map((item) => buildFeature(item, spec.columns)),
    windows: spec.windows.map(buildWindow),
    training: buildTraining(spec.training),
    gate: spec.gate,
    deploy: spec.deploy,
    backup: spec.backup,
  });
}

function buildColumn(name: string, column: PipelineSpec['columns'][string]): ColumnPlan {
  if (typeof column === 'string') return { name, type: column };
  return { name, type: column.type, ...(column.format === undefined ? {} : { format: column.format }) };
}

function buildFeature(item: FeatureSpec, columns: PipelineSpec['columns']): FeaturePlan {
  const { name, sql, kind } = typeof item === 'string' ? { name: item, sql: item, kind: undefined } : item;
  return { name, kind: kind ?? inferKind(sql, columns), sql };
}

function inferKind(sql: string, columns: PipelineSpec['columns']): FeatureKind {
  const column = columns[bareIdentifier(sql) ?? ''];
  return column !== undefined && typeOf(column) === 'string' ? 'categorical' : 'numeric';
}

function buildWindow(item: WindowSpec): WindowPlan {
  const { name, over, days } = item;
  for (const aggregate of WINDOW_AGGREGATES) {
    const sql = item[aggregate];
    if (sql !== undefined) return { name, over, days, aggregate, sql };
  }
  throw new RangeError(`Window has no aggregate [window=${name}]: parse the file first`);
}

function buildTraining({ hyperparameters, ...training }: PipelineSpec['training']): TrainingPlan {
  const given = Object.entries(hyperparameters).filter(
    (entry): entry is [string, number] => entry[1] !== undefined,
  );
  return { ...training, hyperparameters: Object.fromEntries(given) };
}
