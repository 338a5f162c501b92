import type { z } from 'zod';
import type { Finding, SpecPath } from '../finding';
import type { LocatedExpectation } from '../located-expectation';
import type { ColumnSpec } from '../schema/column-schema';
import {
  propertySchema,
  qualitySchema,
  slaSchema,
  type PropertySpec,
  type QualitySpec,
} from '../schema/contract-schema';
import { propertyColumn } from './property-column';
import { propertyExpectations } from './property-expectations';
import { qualityExpectations, type QualityPlace } from './quality-expectations';
import { slaExpectations } from './sla-expectations';

/** What a contract says, in the words of the pipeline file; its readable parts only. */
export interface ContractView {
  /** `undefined` when the contract has no readable list of properties. */
  readonly columns: ReadonlyMap<string, ColumnSpec | undefined> | undefined;
  readonly columnPath: (name: string) => SpecPath;
  readonly key: readonly string[];
  readonly expectations: readonly LocatedExpectation[];
  /** What is wrong beyond the shape of the document. */
  readonly findings: readonly Finding[];
}

interface Property {
  readonly name: string;
  readonly path: SpecPath;
  /** `undefined` when it cannot be read. */
  readonly spec: PropertySpec | undefined;
  readonly quality: readonly Located<QualitySpec>[];
}

interface Located<T> {
  readonly path: SpecPath;
  readonly spec: T;
}

/** What one rule of the contract comes to. */
export interface Compiled {
  readonly expectations: readonly LocatedExpectation[];
  readonly findings: readonly Finding[];
}

/** @param path where the document stands in the file. @param eventTime what latency is measured by by default */
export function viewContract(raw: unknown, path: SpecPath, eventTime: string | undefined): ContractView {
  const document = mapping(raw);
  const table = mapping(list(document?.['schema'])[0]);
  const tablePath = [...path, 'schema', 0];
  const properties = list(table?.['properties']).flatMap((item, index) =>
    viewProperty(item, [...tablePath, 'properties', index]),
  );
  const ofTable = located(qualitySchema, table?.['quality'], [...tablePath, 'quality']);
  const slas = located(slaSchema, document?.['slaProperties'], [...path, 'slaProperties']);
  const compiled: readonly Compiled[] = [
    ...properties.map(compileProperty),
    ...ofTable.map((item) => qualityExpectations(item.spec, { path: item.path })),
    ...slas.map((item) => slaExpectations(item.spec, item.path, eventTime)),
  ];
  return {
    columns: table?.['properties'] === undefined ? undefined : columnsOf(properties),
    columnPath: (name) => properties.find((property) => property.name === name)?.path ?? tablePath,
    key: keyOf(properties),
    expectations: compiled.flatMap(({ expectations }) => expectations),
    findings: [
      ...compiled.flatMap(({ findings }) => findings),
      ...repeatedNames(properties),
      ...keyFindings(properties, tablePath),
    ],
  };
}

function viewProperty(raw: unknown, path: SpecPath): readonly Property[] {
  const item = mapping(raw);
  const name = item?.['name'];
  if (typeof name !== 'string') return [];
  const parsed = propertySchema.safeParse(raw);
  const quality = located(qualitySchema, item?.['quality'], [...path, 'quality']);
  return [{ name, path, spec: parsed.success ? parsed.data : undefined, quality }];
}

function compileProperty({ name, path, spec, quality }: Property): Compiled {
  const own = spec === undefined ? NOTHING : propertyExpectations(spec, path);
  const place = (item: Located<QualitySpec>): QualityPlace => ({ path: item.path, property: name });
  const checks = quality.map((item) => qualityExpectations(item.spec, place(item)));
  const column = spec === undefined ? undefined : propertyColumn(spec, path);
  return {
    expectations: [own, ...checks].flatMap(({ expectations }) => expectations),
    findings: [...(column?.findings ?? []), ...[own, ...checks].flatMap(({ findings }) => findings)],
  };
}

const NOTHING: Compiled = { expectations: [], findings: [] };

function columnsOf(properties: readonly Property[]): ReadonlyMap<string, ColumnSpec | undefined> {
  return new Map(properties.map(({ name, path, spec }) => [name, spec && propertyColumn(spec, path).column]));
}

/** By position; those without one come last, in the order of the file. */
function keyOf(properties: readonly Property[]): readonly string[] {
  const position = ({ spec }: Property): number => {
    const given = spec?.primaryKeyPosition ?? -1;
    return given < 1 ? Number.MAX_SAFE_INTEGER : given;
  };
  return properties
    .filter(({ spec }) => spec?.primaryKey === true)
    .toSorted((left, right) => position(left) - position(right))
    .map(({ name }) => name);
}

function keyFindings(properties: readonly Property[], tablePath: SpecPath): readonly Finding[] {
  const isReadable = properties.length > 0 && properties.every(({ spec }) => spec !== undefined);
  if (isReadable && keyOf(properties).length === 0) {
    const message = 'no key: nothing says which columns identify a row';
    const expected = '`primaryKey: true` at one property or more';
    return [{ path: [...tablePath, 'properties'], at: 'key', message, expected, got: 'nothing' }];
  }
  const positioned = properties.filter(({ spec }) => (spec?.primaryKeyPosition ?? -1) > 0);
  return positioned.flatMap((property, index): readonly Finding[] => {
    const position = property.spec?.primaryKeyPosition;
    const isTaken = positioned.slice(0, index).some(({ spec }) => spec?.primaryKeyPosition === position);
    if (property.spec?.primaryKey === true && !isTaken) return [];
    return [
      {
        path: [...property.path, 'primaryKeyPosition'],
        at: 'value',
        message: isTaken ? 'this place in the key is taken' : 'a place in the key, but not part of it',
        expected: isTaken ? 'each place once' : '`primaryKey: true` beside it',
        got: String(position),
      },
    ];
  });
}

function repeatedNames(properties: readonly Property[]): readonly Finding[] {
  return properties.flatMap(({ name, path }, index): readonly Finding[] => {
    const isRepeated = properties.slice(0, index).some((earlier) => earlier.name === name);
    if (!isRepeated) return [];
    return [
      {
        path: [...path, 'name'],
        at: 'value',
        message: `property "${name}" is there twice`,
        expected: 'each column once',
        got: `"${name}"`,
      },
    ];
  });
}

function located<T>(schema: z.ZodType<T>, raw: unknown, path: SpecPath): readonly Located<T>[] {
  return list(raw).flatMap((item, index) => {
    const parsed = schema.safeParse(item);
    return parsed.success ? [{ path: [...path, index], spec: parsed.data }] : [];
  });
}

function list(raw: unknown): readonly unknown[] {
  return Array.isArray(raw) ? raw : [];
}

function mapping(raw: unknown): Readonly<Record<string, unknown>> | undefined {
  const isMapping = typeof raw === 'object' && raw !== null && !Array.isArray(raw);
  return isMapping ? (raw as Readonly<Record<string, unknown>>) : undefined;
}
