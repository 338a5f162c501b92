import type { Operator, Requirement } from '../domain/requirement';
import { number } from './quote';

const SIGNS: Readonly<Partial<Record<Operator, string>>> = {
  mustBe: '=',
  mustNotBe: '<>',
  mustBeGreaterThan: '>',
  mustBeGreaterOrEqualTo: '>=',
  mustBeLessThan: '<',
  mustBeLessOrEqualTo: '<=',
};

/** SQL: the number `observed` is what it has to be; the same decision as `meets` of the domain. */
export function isMetSql(observed: string, { operator, value }: Requirement): string {
  const [first = 0, second = first] = value;
  const sign = SIGNS[operator];
  if (sign !== undefined) return `${observed} ${sign} ${number(first)}`;
  const not = operator === 'mustNotBeBetween' ? 'NOT ' : '';
  return `${observed} ${not}BETWEEN ${number(first)} AND ${number(second)}`;
}
