import type { OnFail } from '../../domain/plan';
import { OPERATORS } from '../../domain/requirement';
import type { Finding, SpecPath } from '../finding';
import type { LocatedExpectation } from '../located-expectation';
import { nearestName } from '../../domain/nearest-name';
import type { QualitySpec } from '../schema/contract-schema';
import type { ExpectationSpec } from '../schema/expectation-schema';
import { suggest } from '../suggest';
import type { Compiled } from './compiled';

/** Where a check stands: at a property, or at the table. */
export interface QualityPlace {
  readonly path: SpecPath;
  readonly property?: string;
}

/** One check of the contract's `quality` lists. */
export function qualityExpectations(quality: QualitySpec, place: QualityPlace): Compiled {
  const onFail = onFailOf(quality, place);
  const common = commonOf(quality, onFail.value);
  const { items, findings } = checksOf(quality, place);
  return {
    expectations: items.map(({ item, ...where }) => ({ ...where, item: { ...common, ...item } })),
    findings: [...onFail.findings, ...findings],
  };
}

interface Checks {
  readonly items: readonly LocatedExpectation[];
  readonly findings: readonly Finding[];
}

function checksOf(quality: QualitySpec, place: QualityPlace): Checks {
  switch (quality.type ?? 'library') {
    case 'text':
      return { items: [], findings: [] };
    case 'custom':
      return customChecks(quality, place);
    case 'sql':
      return sqlChecks(quality, place);
    case 'library':
      return libraryChecks(quality, place);
  }
}

/** Checks of other engines are noted, not run. */
function customChecks({ engine, implementation }: QualitySpec, { path }: QualityPlace): Checks {
  if (engine === undefined) return missing(path, 'engine', 'the engine of a custom check, such as millrace');
  if (engine !== 'millrace') return { items: [], findings: [] };
  if (!implementation) return missing(path, 'implementation', 'an item as in `expectations`');
  const item = { item: implementation, path: [...path, 'implementation'], isVerbatim: true };
  return { items: [item], findings: [] };
}

function sqlChecks({ query }: QualitySpec, { path, property }: QualityPlace): Checks {
  if (query === undefined) return missing(path, 'query', 'one SELECT over {object}');
  const sql = property === undefined ? query : query.replaceAll('{property}', `"${property}"`);
  return said(path, 'query', { sql });
}

function libraryChecks(quality: QualitySpec, place: QualityPlace): Checks {
  const { metric } = quality;
  if (metric === undefined) return missing(place.path, 'metric', 'what is counted, such as nullValues');
  const unfitting = unfittingArguments(quality, place);
  if (unfitting.length > 0) return { items: [], findings: unfitting };
  const { path, property } = place;
  if (metric === 'rowCount') {
    if (property !== undefined) return misplaced(place, metric, 'the table');
    return said(path, 'metric', { row_count: {} });
  }
  if (metric === 'duplicateValues') return duplicates(quality, place);
  if (property === undefined) return misplaced(place, metric, 'a property');
  if (metric === 'nullValues') return said(path, 'metric', { not_null: [property] });
  if (metric === 'missingValues') return missingValues(quality, path, property);
  return invalidValues(quality, path, property);
}

function duplicates({ arguments: given }: QualitySpec, { path, property }: QualityPlace): Checks {
  const columns = given?.properties ?? (property === undefined ? undefined : [property]);
  if (columns) return said(path, 'arguments', { unique: columns });
  return missing(path, 'arguments', 'arguments: { properties: [a, b] }, the columns taken together');
}

function missingValues({ arguments: given }: QualitySpec, path: SpecPath, column: string): Checks {
  const values = (given?.missingValues ?? []).filter((value) => value !== null).map(String);
  return said(path, 'arguments', { not_missing: { column, values } });
}

function invalidValues({ arguments: given }: QualitySpec, path: SpecPath, column: string): Checks {
  const { validValues, pattern } = given ?? {};
  if (validValues === undefined && pattern === undefined) {
    return missing(path, 'arguments', 'arguments with validValues or pattern');
  }
  const items = [
    ...(validValues === undefined ? [] : [{ in_set: { column, values: validValues.map(String) } }]),
    ...(pattern === undefined ? [] : [{ matches: { column, pattern } }]),
  ];
  return {
    items: items.map((item) => ({ item, path: [...path, 'arguments'], isVerbatim: false })),
    findings: [],
  };
}

type Argument = keyof NonNullable<QualitySpec['arguments']>;
const ARGUMENTS: Readonly<Record<NonNullable<QualitySpec['metric']>, readonly Argument[]>> = {
  nullValues: [],
  missingValues: ['missingValues'],
  invalidValues: ['validValues', 'pattern'],
  duplicateValues: ['properties'],
  rowCount: [],
};

function unfittingArguments(
  { metric, arguments: given }: QualitySpec,
  { path }: QualityPlace,
): readonly Finding[] {
  const valid = metric === undefined ? [] : ARGUMENTS[metric];
  return (Object.keys(given ?? {}) as Argument[])
    .filter((name) => !valid.includes(name))
    .map((name) => ({
      path: [...path, 'arguments', name],
      at: 'key' as const,
      message: `${String(metric)} has no argument ${name}`,
      expected: valid.length === 0 ? 'no arguments' : valid.join(' or '),
      got: `"${name}"`,
    }));
}

function commonOf(quality: QualitySpec, onFail: OnFail | undefined): ExpectationSpec {
  const { name, description, severity, dimension, unit } = quality;
  const operator = OPERATORS.find((candidate) => quality[candidate] !== undefined);
  return {
    ...(onFail !== undefined && { onFail }),
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(severity !== undefined && { severity }),
    ...(dimension !== undefined && { dimension }),
    ...(operator !== undefined && { [operator]: quality[operator] }),
    ...(operator !== undefined && unit !== undefined && { unit }),
  };
}

const ON_FAIL: readonly OnFail[] = ['block', 'quarantine', 'warn'];

/** Ours, as a key of its own or, where other tools check the document strictly, as a custom property. */
function onFailOf(
  { onFail, customProperties }: QualitySpec,
  { path }: QualityPlace,
): { readonly value: OnFail | undefined; readonly findings: readonly Finding[] } {
  const index = (customProperties ?? []).findIndex(({ property }) => property === 'onFail');
  const value = customProperties?.[index]?.value;
  if (onFail !== undefined || index < 0) return { value: onFail, findings: [] };
  const known = ON_FAIL.find((word) => word === value);
  if (known) return { value: known, findings: [] };
  const finding: Finding = {
    path: [...path, 'customProperties', index, 'value'],
    at: 'value',
    message: 'onFail has another value',
    expected: `one of ${ON_FAIL.join(', ')}`,
    got: JSON.stringify(value),
    ...suggest(typeof value === 'string' ? nearestName(value, ON_FAIL) : undefined),
  };
  return { value: undefined, findings: [finding] };
}

function said(path: SpecPath, key: string, item: ExpectationSpec): Checks {
  return { items: [{ item, path: [...path, key], isVerbatim: false }], findings: [] };
}

function missing(path: SpecPath, key: string, expected: string): Checks {
  const message = `missing key "${key}"`;
  return { items: [], findings: [{ path, at: 'value', message, expected, got: 'nothing' }] };
}

function misplaced({ path }: QualityPlace, metric: string, where: string): Checks {
  const finding: Finding = {
    path: [...path, 'metric'],
    at: 'value',
    message: `${metric} does not belong here`,
    expected: `${metric} in the quality of ${where}`,
    got: metric,
  };
  return { items: [], findings: [finding] };
}
