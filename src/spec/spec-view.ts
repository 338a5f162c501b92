import type { z } from 'zod';
import { viewContract } from './contract/contract-view';
import type { Finding, SpecPath } from './finding';
import type { LocatedExpectation } from './located-expectation';
import { columnSchema, type ColumnSpec } from './schema/column-schema';
import { expectationSchema } from './schema/expectation-schema';
import {
  featureSchema,
  type FeatureSpec,
  labelSchema,
  windowSchema,
  type WindowSpec,
} from './schema/feature-schema';
import { nameSchema, pipelineNameSchema, sqlSchema } from './schema/names';
import { prefixSchema, sourceSchema, type SourceSpec } from './schema/source-schema';
import { trainingSchema } from './schema/training-schema';

/**
 * The parts of a file that can be read, for the checks across fields: one misspelled key must not hide the other
 * problems. List items keep their index; unreadable ones are `undefined`.
 */
export interface SpecView {
  readonly pipeline: string | undefined;
  readonly prefix: string | undefined;
  readonly source: SourceSpec | undefined;
  /** `undefined` when the section as a whole is missing or unreadable: then no name can be called unknown. */
  readonly columns: ReadonlyMap<string, ColumnSpec | undefined> | undefined;
  /** Where columns are described, in words. */
  readonly columnsIn: string;
  /** Where a column is described. */
  readonly columnPath: (name: string) => SpecPath;
  readonly key: Items<string>;
  readonly eventTime: string | undefined;
  readonly knownAt: string | undefined;
  readonly newest: string | undefined;
  readonly deleteColumn: string | undefined;
  readonly expectations: Items<LocatedExpectation>;
  /** What is wrong with the contract beyond its shape. */
  readonly contractFindings: readonly Finding[];
  readonly label: z.output<typeof labelSchema> | undefined;
  readonly features: Items<FeatureSpec>;
  readonly windows: Items<WindowSpec>;
  readonly training: z.output<typeof trainingSchema> | undefined;
}

type Items<T> = readonly (T | undefined)[];

export function viewSpec(raw: unknown): SpecView {
  const file = mapping(raw) ?? {};
  const eventTime = read(nameSchema, file['eventTime']);
  return {
    pipeline: read(pipelineNameSchema, file['pipeline']),
    source: read(sourceSchema, file['source'] ?? {}),
    prefix: read(prefixSchema, mapping(file['source'])?.['prefix']),
    knownAt: read(sqlSchema, file['knownAt']),
    newest: read(nameSchema, file['newest']),
    deleteColumn: read(nameSchema, mapping(file['delete'])?.['column']),
    eventTime,
    ...viewData(file, eventTime),
    label: read(labelSchema, file['label']),
    features: items(featureSchema, file['features']),
    windows: items(windowSchema, file['windows']),
    training: read(trainingSchema, file['training']),
  };
}

type DataView = Pick<
  SpecView,
  'columns' | 'columnsIn' | 'columnPath' | 'key' | 'expectations' | 'contractFindings'
>;

/** What the data must look like: by a contract, or in the file's own words. */
function viewData(file: Readonly<Record<string, unknown>>, eventTime: string | undefined): DataView {
  if (file['contract'] !== undefined) {
    const { findings, ...view } = viewContract(file['contract'], ['contract'], eventTime);
    return { ...view, columnsIn: 'the contract', contractFindings: findings };
  }
  return {
    columns: viewColumns(file['columns']),
    columnsIn: '`columns`',
    columnPath: (name) => ['columns', name],
    key: items(nameSchema, file['key']),
    expectations: items(expectationSchema, file['expectations']).map(
      (item, index) => item && { item, path: ['expectations', index], isVerbatim: true },
    ),
    contractFindings: [],
  };
}

function viewColumns(raw: unknown): SpecView['columns'] {
  const columns = mapping(raw);
  return columns && new Map(Object.entries(columns).map(([name, type]) => [name, read(columnSchema, type)]));
}

function items<T>(schema: z.ZodType<T>, raw: unknown): Items<T> {
  return Array.isArray(raw) ? raw.map((item: unknown) => read(schema, item)) : [];
}

function read<T>(schema: z.ZodType<T>, raw: unknown): T | undefined {
  const parsed = schema.safeParse(raw);
  return parsed.success ? parsed.data : undefined;
}

function mapping(raw: unknown): Readonly<Record<string, unknown>> | undefined {
  const isMapping = typeof raw === 'object' && raw !== null && !Array.isArray(raw);
  return isMapping ? (raw as Readonly<Record<string, unknown>>) : undefined;
}
