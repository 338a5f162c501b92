import type { Finding, SpecPath } from '../finding';
import type { LocatedExpectation } from '../located-expectation';
import type { LOGICAL_TYPES, PropertySpec } from '../schema/contract-schema';
import type { ExpectationSpec } from '../schema/expectation-schema';
import type { Compiled } from './compiled';

type Options = NonNullable<PropertySpec['logicalTypeOptions']>;

/** What a property's own words demand of each row: `required`, `unique`, range, length, pattern. */
export function propertyExpectations(property: PropertySpec, path: SpecPath): Compiled {
  const given = property.logicalTypeOptions ?? {};
  const options = fitting(property.logicalType, given);
  const optionsPath = [...path, 'logicalTypeOptions'];
  const said = (key: string, item: ExpectationSpec): LocatedExpectation => ({
    item,
    path: [...path, key],
    isVerbatim: false,
  });
  return {
    expectations: [
      ...(property.required === true ? [said('required', { not_null: [property.name] })] : []),
      ...(property.unique === true ? [said('unique', { unique: [property.name] })] : []),
      ...optionItems(property.name, options).map((item) => said('logicalTypeOptions', item)),
    ],
    findings: [
      ...unfitting(property.logicalType, given, optionsPath),
      ...doubled(options, optionsPath),
      ...unordered(options, optionsPath),
    ],
  };
}

function optionItems(column: string, options: Options): readonly ExpectationSpec[] {
  const { minLength, maxLength, pattern, multipleOf } = options;
  const range = rangeOf(options);
  return [
    ...(range === undefined ? [] : [{ between: { column, ...range } }]),
    ...(minLength === undefined && maxLength === undefined
      ? []
      : [{ length: { column, min: minLength, max: maxLength } }]),
    ...(pattern === undefined ? [] : [{ matches: { column, pattern } }]),
    ...(multipleOf === undefined ? [] : [{ multiple_of: { column, factor: multipleOf } }]),
  ];
}

type Range = Omit<NonNullable<ExpectationSpec['between']>, 'column'>;

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Options): Range | undefined {
  const min = minimum ?? exclusiveMinimum;
  const max = maximum ?? exclusiveMaximum;
  if (min === undefined && max === undefined) return undefined;
  return {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(minimum === undefined && exclusiveMinimum !== undefined && { exclusiveMin: true as const }),
    ...(maximum === undefined && exclusiveMaximum !== undefined && { exclusiveMax: true as const }),
  };
}

const RANGE = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const;
const OF_TYPE: Readonly<Record<(typeof LOGICAL_TYPES)[number], readonly (keyof Options)[]>> = {
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  integer: [...RANGE, 'multipleOf', 'format'],
  number: [...RANGE, 'multipleOf', 'format'],
  boolean: ['format'],
  date: [...RANGE, 'format'],
  timestamp: [...RANGE, 'format', 'timezone', 'defaultTimezone'],
};

function fitting(type: PropertySpec['logicalType'], options: Options): Options {
  const known: readonly string[] = OF_TYPE[type];
  return Object.fromEntries(Object.entries(options).filter(([key]) => known.includes(key)));
}

function unfitting(type: PropertySpec['logicalType'], options: Options, path: SpecPath): readonly Finding[] {
  // Whether a format fits is known where it is read.
  const valid = OF_TYPE[type].filter((key) => key !== 'format');
  const given = (Object.keys(options) as (keyof Options)[]).filter((key) => options[key] !== undefined);
  return given
    .filter((key) => !OF_TYPE[type].includes(key))
    .map((key) => ({
      path: [...path, key],
      at: 'key' as const,
      message: `a ${type} has no ${key}`,
      expected: valid.length === 0 ? 'no options' : `one of ${valid.join(', ')}`,
      got: `"${key}"`,
    }));
}

/** A bound is allowed itself, or it is not. */
function doubled(options: Options, path: SpecPath): readonly Finding[] {
  const pairs = [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const;
  return pairs.flatMap(([inclusive, exclusive]): readonly Finding[] => {
    if (options[inclusive] === undefined || options[exclusive] === undefined) return [];
    const message = `${inclusive} and ${exclusive} at once`;
    return [{ path: [...path, exclusive], at: 'key', message, expected: 'one of them', got: 'both' }];
  });
}

function unordered(options: Options, path: SpecPath): readonly Finding[] {
  const low = options.minimum ?? options.exclusiveMinimum;
  const high = options.maximum ?? options.exclusiveMaximum;
  const pairs = [
    { smallest: low, largest: high },
    { smallest: options.minLength, largest: options.maxLength },
  ];
  return pairs.flatMap(({ smallest, largest }): readonly Finding[] => {
    if (smallest === undefined || largest === undefined || smallest <= largest) return [];
    const got = `${smallest} and ${largest}`;
    return [
      { path, at: 'value', message: 'no value can be in this range', expected: 'the smaller first', got },
    ];
  });
}
