/** The comparisons of the Open Data Contract Standard, in its own words. */
export const OPERATORS = [
  'mustBe',
  'mustNotBe',
  'mustBeGreaterThan',
  'mustBeGreaterOrEqualTo',
  'mustBeLessThan',
  'mustBeLessOrEqualTo',
  'mustBeBetween',
  'mustNotBeBetween',
] as const;
export type Operator = (typeof OPERATORS)[number];

/** `percent` is of the rows that a rule looks at; `days` and the like are for freshness. */
export const UNITS = ['rows', 'percent', 'minutes', 'hours', 'days'] as const;
export type Unit = (typeof UNITS)[number];

/** What a number must be. Bounds of `mustBeBetween` are allowed, those of `mustNotBeBetween` are not. */
export interface Requirement {
  readonly operator: Operator;
  /** One number; two, the smaller first, for the operators that end in `Between`. */
  readonly value: readonly number[];
  readonly unit?: Unit;
}

/** No value (nothing to measure) meets no requirement. */
export function meets(observed: number | null, { operator, value }: Requirement): boolean {
  if (observed === null) return false;
  const [first = 0, second = first] = value;
  switch (operator) {
    case 'mustBe':
      return observed === first;
    case 'mustNotBe':
      return observed !== first;
    case 'mustBeGreaterThan':
      return observed > first;
    case 'mustBeGreaterOrEqualTo':
      return observed >= first;
    case 'mustBeLessThan':
      return observed < first;
    case 'mustBeLessOrEqualTo':
      return observed <= first;
    case 'mustBeBetween':
      return observed >= first && observed <= second;
    case 'mustNotBeBetween':
      return observed < first || observed > second;
  }
}

/** `at least 1`, `between 500 and 1500`, `less than 1 %` */
export function requirementText({ operator, value, unit }: Requirement): string {
  const [first = 0, second = first] = value;
  const suffix = unit === undefined ? '' : unit === 'percent' ? ' %' : ` ${unit}`;
  return `${inWords(operator, first, second)}${suffix}`;
}

function inWords(operator: Operator, first: number, second: number): string {
  switch (operator) {
    case 'mustBe':
      return `exactly ${first}`;
    case 'mustNotBe':
      return `not ${first}`;
    case 'mustBeGreaterThan':
      return `more than ${first}`;
    case 'mustBeGreaterOrEqualTo':
      return `at least ${first}`;
    case 'mustBeLessThan':
      return `less than ${first}`;
    case 'mustBeLessOrEqualTo':
      return `at most ${first}`;
    case 'mustBeBetween':
      return `between ${first} and ${second}`;
    case 'mustNotBeBetween':
      return `not between ${first} and ${second}`;
  }
}
