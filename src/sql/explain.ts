import { daySpans, periodOf } from '../domain/period';
import { partitionUnit, type PipelinePlan, type SourceFormat } from '../domain/plan';
import {
  acceptedPeriodsSql,
  batchTableSql,
  cleanValues,
  mergedTableSql,
  replacedPeriodsSql,
  tableRowsViewSql,
} from './clean';
import { featureRowsSql, featureValues, rowFeaturesSql } from './features';
import { copyPeriodSql } from './period-files';
import { allRawRows, loadSteps } from './load-source';
import { canReadPlainly, copyPlainSql } from './plain-rows';
import { createParsedSql, keepRawSql, parseRowsSql, rawTableSql, UNKEPT_SQL } from './parsed-rows';
import { copyQuarantineSql } from './quarantine';
import { compileRules } from './rules';
import type { StagedObject } from './staged-object';
import { tombstoneRowsViewSql } from './tombstones';
import { trainingSetSql } from './training-set';
import { copyAcceptedSql, judgeRowsSql } from './validate';

/** One example day and file of each kind stand for all. */
const DAY = '2013-01-31';
const STAGED_FILE: Readonly<Record<SourceFormat, string>> = {
  csv: 'object-0.sound.csv',
  ndjson: 'object-0.lines',
  parquet: 'object-0.parquet',
  avro: 'object-0.lines',
};
const EXAMPLE_OBJECT = {
  bucket: 'lake',
  key: 'KEY',
  etag: 'ETAG',
  bytes: 1,
  lastModified: 'TIME',
  sha256: 'HASH',
};
const EXAMPLE_BATCH = { objects: [EXAMPLE_OBJECT], batchDigest: 'BATCH', run: 'RUN' };

/** The SQL that a pipeline compiles to, in the order in which it runs, with example file names. */
export function explainPlan(plan: PipelinePlan): string {
  return [
    ...validateSections(plan),
    ...transformSections(plan),
    section('train: training set and holdout', [
      trainingSetSql(plan, {
        filesGlob: 'features/**/*.parquet',
        holdoutFrom: DAY,
        trainPath: 'train.parquet',
        holdoutPath: 'holdout.parquet',
      }),
    ]),
  ].join('\n');
}

function validateSections(plan: PipelinePlan): readonly string[] {
  const header = plan.columns.map(({ name }) => name);
  const staged = { object: 0, path: STAGED_FILE[plan.source.format], header };
  const rules = compileRules(plan, { lakeBucket: EXAMPLE_OBJECT.bucket });
  const rows = allRawRows(plan, [staged]);
  return [
    section('validate: records that are none', loadingSql(plan, staged)),
    ...(canReadPlainly(plan, rules)
      ? [
          section('validate: rows whose cells need no closer look, where files are large', [
            copyPlainSql(
              plan,
              rules,
              { ...staged, path: 'object-0.plain-0.csv' },
              'object-0.plain-0.parquet',
            ),
          ]),
        ]
      : []),
    section('validate: strict types and rules about single rows, in one pass', [
      createParsedSql(plan),
      ...rows.map((query) => parseRowsSql(plan, rules, query)),
      ...rawTableSql(plan),
    ]),
    section('validate: rules about several rows, and what becomes of each row', [
      ...judgeRowsSql(
        plan,
        rules,
        rules.sqlRules.map((_rule, index) => `sql-rules/result-${index}.parquet`),
      ),
      UNKEPT_SQL,
      ...rows.map((query) => keepRawSql(plan, query)),
    ]),
    section('validate: accepted and quarantined rows', [
      copyAcceptedSql(plan, 'accepted.parquet'),
      ...copyQuarantineSql(plan, rules, [staged], EXAMPLE_BATCH, 'rejected.parquet'),
    ]),
  ];
}

function transformSections(plan: PipelinePlan): readonly string[] {
  const unit = partitionUnit(plan);
  const period = periodOf(DAY, unit);
  const [days = { from: DAY, to: DAY }] = daySpans([period]);
  const copy = (relation: 'merged' | 'feature_rows', values: readonly string[], name: string): string =>
    copyPeriodSql({ relation, values }, { period, rows: 1 }, `${name}-${period}.parquet`);
  return [
    section(`transform: the touched ${unit}s of the clean table, some of them at a time`, [
      acceptedPeriodsSql(plan, 'accepted.parquet'),
      ...batchTableSql(plan, 'accepted.parquet', days),
      ...(plan.newest !== undefined && plan.delete
        ? [tombstoneRowsViewSql(plan, ['tombstones/*.parquet'])]
        : []),
      tableRowsViewSql(plan, 'clean/*.parquet'),
      ...(plan.key.includes(plan.eventTime) ? [] : [replacedPeriodsSql(plan)]),
      mergedTableSql(plan),
      copy('merged', cleanValues(plan), 'clean'),
    ]),
    section(`transform: features of the affected ${unit}s`, [
      tableRowsViewSql(plan, 'clean/*.parquet'),
      rowFeaturesSql(plan),
      ...featureRowsSql(plan, [days]),
      copy('feature_rows', featureValues(plan), 'features'),
    ]),
  ];
}

function loadingSql(plan: PipelinePlan, staged: StagedObject): readonly string[] {
  return loadSteps(plan, [staged], 'faults.ndjson').map(({ sql }) => sql);
}

function section(title: string, statements: readonly string[]): string {
  return `-- ${title}\n\n${statements.map((statement) => `${statement};\n`).join('\n')}`;
}
