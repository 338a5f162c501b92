import type { EncodedFeature, FeatureRecord, FeatureValue } from '../domain/feature-encoding';
import type { PipelinePlan } from '../domain/plan';
import { PermanentFailure } from '../ports/failures';
import { nullValuesOf } from '../sql/source-cells';
import type { SourceRow } from './feature-query';
import { nameHint } from '../domain/nearest-name';
import { sourceText } from './source-text';

/** One instance of a request, taken apart. */
export interface ReadInstance {
  readonly source: SourceRow;
  /** Features that the request gives itself; they win over computed ones. */
  readonly given: FeatureRecord;
}

export interface InstanceReader {
  /** Source fields, and features by name where no source column has that name. */
  readonly readRaw: (instance: unknown, position: number) => ReadInstance;
  /** Features by name only: what the model itself takes. */
  readonly readFeatures: (instance: unknown, position: number) => FeatureRecord;
}

/** Checks field names and values of requests; every failure is `PermanentFailure('InvalidInput')`. */
export function createInstanceReader(
  { columns, source }: Pick<PipelinePlan, 'columns' | 'source'>,
  features: readonly EncodedFeature[],
): InstanceReader {
  const nullValues = nullValuesOf(source);
  const sourceNames = new Set(columns.map(({ name }) => name));
  const featureNames = new Set(features.map(({ name }) => name));
  const givable = new Set([...featureNames].filter((name) => !sourceNames.has(name)));
  const rawNames = new Set([...sourceNames, ...givable]);
  return {
    readRaw: (instance, position) => {
      const fields = checkedFields(instance, position, rawNames);
      return {
        source: columns.map((column) => sourceText(column, fields[column.name], nullValues, position)),
        given: pickFeatures(fields, givable),
      };
    },
    readFeatures: (instance, position) =>
      pickFeatures(checkedFields(instance, position, featureNames), featureNames),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function checkedFields(instance: unknown, position: number, valid: ReadonlySet<string>): Fields {
  if (typeof instance !== 'object' || instance === null || Array.isArray(instance)) {
    throw invalid('An instance is not an object: expected {"field": value, …}', { instance: position });
  }
  const names = Object.keys(instance);
  if (names.length === 0) {
    throw invalid(`An instance has no fields: ${nameHint('', [...valid])}`, { instance: position });
  }
  const unknown = names.find((name) => !valid.has(name));
  if (unknown !== undefined) {
    throw invalid(`Unknown field: ${nameHint(unknown, [...valid])}`, { field: unknown, instance: position });
  }
  return instance as Fields;
}

function pickFeatures(fields: Fields, names: ReadonlySet<string>): FeatureRecord {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => names.has(name))
      .map(([name, value]) => [name, featureValue(name, value)]),
  );
}

function featureValue(name: string, value: unknown): FeatureValue {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value as FeatureValue;
  throw invalid('Wrong value for a feature: expected text, a number, a boolean or null', { feature: name });
}

function invalid(message: string, fields: Readonly<Record<string, string | number>>): PermanentFailure {
  return new PermanentFailure('InvalidInput', message, fields);
}
