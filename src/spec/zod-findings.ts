import type { z } from 'zod';
import type { Finding, PathPart, SpecPath } from './finding';
import { badName, missingKey, unknownKey } from './key-findings';
import { exists, isStructure, type RawSource, valueAt } from './raw-values';
import { notOneOf, outOfBounds, wrongType, wrongValue } from './value-findings';

type Issue = z.core.$ZodIssue;
type UnionIssue = Extract<Issue, { readonly code: 'invalid_union' }>;

/** Zod's issues in the words of a pipeline file. */
export function zodFindings(issues: readonly Issue[], source: RawSource): readonly Finding[] {
  return issues
    .filter((issue) => !isConsequence(issue, issues))
    .flatMap((issue) => findingsOf(issue, [], source));
}

/** "Exactly one of …" says nothing new about a mapping with an unknown key. */
function isConsequence(issue: Issue, all: readonly Issue[]): boolean {
  const place = issue.path.join('.');
  return (
    issue.code === 'custom' &&
    all.some(({ code, path }) => code === 'unrecognized_keys' && path.join('.') === place)
  );
}

function findingsOf(issue: Issue, base: SpecPath, source: RawSource): readonly Finding[] {
  const path = [...base, ...(issue.path as PathPart[])];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key, source));
    case 'invalid_key':
      return [badName(path, issue.issues[0]?.message ?? 'a name')];
    case 'invalid_union':
      return unionFindings(issue, path, source);
    case 'invalid_type':
      return exists(source.raw, path) ? [wrongType(path, source, issue.expected)] : missingKey(path, source);
    case 'invalid_value':
      return exists(source.raw, path)
        ? [notOneOf(path, source, issue.values.map(String))]
        : missingKey(path, source);
    case 'too_small':
    case 'too_big':
      return [outOfBounds(path, source, issue)];
    case 'invalid_format':
    case 'custom':
    case 'not_multiple_of':
    case 'invalid_element':
      // By convention of the schema files the message says what was expected.
      return [wrongValue(path, source, issue.message)];
  }
}

/** Reports the branch that the author meant: a mapping is held against the mapping branch, a scalar against the other. */
function unionFindings(issue: UnionIssue, path: SpecPath, source: RawSource): readonly Finding[] {
  const structured = isStructure(valueAt(source.raw, path));
  const meant = issue.errors.find((branch) => !branch.some((inner) => rejectsShape(inner, structured)));
  if (!meant) return [wrongValue(path, source, 'a name or a mapping')];
  return meant.flatMap((inner) => findingsOf(inner, path, source));
}

function rejectsShape(issue: Issue, structured: boolean): boolean {
  if (issue.path.length > 0) return false;
  if (structured) return issue.code === 'invalid_type' || issue.code === 'invalid_value';
  return issue.code === 'invalid_type' && issue.expected === 'object';
}
