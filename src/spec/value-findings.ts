import type { z } from 'zod';
import { describeValue } from './describe-value';
import { type Finding, formatPath, type SpecPath } from './finding';
import { nearestName } from '../domain/nearest-name';
import { isStructure, type RawSource, valueAt } from './raw-values';
import { suggest } from './suggest';

export function wrongValue(path: SpecPath, source: RawSource, expected: string): Finding {
  return {
    path,
    at: 'value',
    message: path.length > 0 ? `bad value of ${formatPath(path)}` : 'this is not a pipeline file',
    expected: path.length > 0 ? expected : 'a mapping that begins with "version: 1"',
    got: describeValue(valueAt(source.raw, path), source.writtenAt(path)),
  };
}

export function wrongType(path: SpecPath, source: RawSource, expected: string): Finding {
  const repaired = repairType(expected, valueAt(source.raw, path), source.writtenAt(path));
  return { ...wrongValue(path, source, TYPES_IN_WORDS[expected] ?? `a ${expected}`), ...suggest(repaired) };
}

const TYPES_IN_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

/** YAML turns unquoted 007, null and yes into things their authors did not mean. */
function repairType(expected: string, value: unknown, written: string | undefined): string | undefined {
  if (expected === 'string' && written && !isStructure(value)) return JSON.stringify(written);
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  if (expected === 'array') return `[${value}]`;
  if (expected === 'boolean') return BOOLEAN_WORDS[value.toLowerCase()];
  const isNumber = (expected === 'number' || expected === 'int') && Number.isFinite(Number(value));
  return isNumber ? value : undefined;
}

const BOOLEAN_WORDS: Readonly<Record<string, string>> = {
  yes: 'true',
  on: 'true',
  true: 'true',
  no: 'false',
  off: 'false',
  false: 'false',
};

export function notOneOf(path: SpecPath, source: RawSource, valid: readonly string[]): Finding {
  const value = valueAt(source.raw, path);
  return {
    ...wrongValue(path, source, valid.length === 1 ? valid.join('') : `one of ${valid.join(', ')}`),
    ...suggest(typeof value === 'string' ? nearestName(value, valid) : undefined),
  };
}

type BoundIssue = z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig;

export function outOfBounds(path: SpecPath, source: RawSource, issue: BoundIssue): Finding {
  return wrongValue(path, source, boundInWords(issue));
}

function boundInWords(issue: BoundIssue): string {
  const [relation, bound] =
    issue.code === 'too_small' ? ['at least', issue.minimum] : ['at most', issue.maximum];
  const count = Number(bound);
  if (issue.exact) return `exactly ${count} ${count === 1 ? 'character' : 'characters'}`;
  if (issue.origin === 'array') return `${relation} ${count} ${count === 1 ? 'item' : 'items'}`;
  if (issue.origin === 'string') return 'text that is not empty';
  return `${relation} ${count}`;
}
