import { lakeLayout } from '../domain/lake-layout';
import type {
  ColumnPlan,
  FeatureKind,
  FeaturePlan,
  PipelinePlan,
  SourcePlan,
  TrainingPlan,
  WindowPlan,
} from '../domain/plan';
import { typeOf } from './checks/column-type';
import { deepFreeze } from './deep-freeze';
import { expandExpectation } from './expand-expectation';
import type { FeatureSpec, WindowSpec } from './schema/feature-schema';
import { WINDOW_AGGREGATES } from './schema/feature-schema';
import type { ColumnSpec } from './schema/column-schema';
import type { PipelineSpec } from './schema/pipeline-schema';
import type { SpecView } from './spec-view';
import { bareIdentifier } from './sql-identifiers';

/** A checked file → the frozen plan, with everything spelled out. @param view of the same file, without gaps */
export function buildPlan(spec: PipelineSpec, view: SpecView): PipelinePlan {
  const columns = new Map([...(view.columns ?? [])].map(([name, column]) => [name, present(column)]));
  return deepFreeze({
    planVersion: 1,
    pipeline: spec.pipeline,
    description: spec.description,
    source: buildSource(spec),
    columns: [...columns].map(([name, column]) => buildColumn(name, column)),
    key: view.key.map(present),
    eventTime: spec.eventTime,
    ...(spec.knownAt === undefined ? {} : { knownAt: spec.knownAt }),
    ...(spec.newest === undefined ? {} : { newest: spec.newest }),
    ...(spec.delete === undefined ? {} : { delete: spec.delete }),
    ...(spec.layout.partitionBy === 'day' ? {} : { layout: spec.layout }),
    expectations: view.expectations.flatMap((located) => expandExpectation(present(located).item)),
    ...contractIdentity(spec.contract),
    quarantine: spec.quarantine,
    label: spec.label,
    features: spec.features.map((item) => buildFeature(item, columns)),
    windows: spec.windows.map(buildWindow),
    training: buildTraining(spec.training),
    gate: spec.gate,
    deploy: spec.deploy,
    backup: spec.backup,
    ...(spec.notify.length > 0 ? { notify: spec.notify } : {}),
  });
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new RangeError('Part of the file cannot be read: check it first');
  return value;
}

function contractIdentity(contract: PipelineSpec['contract']): Pick<PipelinePlan, 'contract'> {
  if (contract === undefined || typeof contract === 'string') return {};
  return { contract: { id: contract.id, version: contract.version } };
}

function buildColumn(name: string, column: ColumnSpec): ColumnPlan {
  if (typeof column === 'string') return { name, type: column };
  if (column.type !== 'decimal') return onlySet({ name, ...column });
  return onlySet({ name, ...column, scale: column.scale ?? 0 });
}

function buildSource({ pipeline, source }: PipelineSpec): SourcePlan {
  return onlySet({
    ...source,
    csv: onlySet(source.csv),
    prefix: source.prefix ?? lakeLayout.landingPrefix(pipeline),
  });
}

type Given<T> = { readonly [K in keyof T]: Exclude<T[K], undefined> };

/** Without the keys that nobody set: a plan's digest depends on what it says, not on what could be said. */
function onlySet<T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}

type Columns = ReadonlyMap<string, ColumnSpec>;

function buildFeature(item: FeatureSpec, columns: Columns): FeaturePlan {
  const { name, sql, kind } = typeof item === 'string' ? { name: item, sql: item, kind: undefined } : item;
  return { name, kind: kind ?? inferKind(sql, columns), sql };
}

function inferKind(sql: string, columns: Columns): FeatureKind {
  const column = columns.get(bareIdentifier(sql) ?? '');
  return column !== undefined && typeOf(column) === 'string' ? 'categorical' : 'numeric';
}

function buildWindow(item: WindowSpec): WindowPlan {
  const { name, over, days, rows, query } = item;
  if (query !== undefined) return { name, over, days, aggregate: 'query', sql: query };
  for (const aggregate of WINDOW_AGGREGATES) {
    const sql = item[aggregate];
    if (sql !== undefined)
      return { name, over, days, ...(rows === undefined ? {} : { rows }), aggregate, sql };
  }
  throw new RangeError(`Window has no aggregate [window=${name}]: parse the file first`);
}

function buildTraining({ hyperparameters, ...training }: PipelineSpec['training']): TrainingPlan {
  const given = Object.entries(hyperparameters).filter(
    (entry): entry is [string, number] => entry[1] !== undefined,
  );
  return { ...training, hyperparameters: Object.fromEntries(given) };
}
