import { PermanentFailure } from '../ports/failures';

/** @throws PermanentFailure InvalidInput when a body is no JSON object. */
export function bodyObject(body: unknown, expected: string): Readonly<Record<string, unknown>> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
    return body as Readonly<Record<string, unknown>>;
  }
  throw new PermanentFailure('InvalidInput', `Wrong request body: expected ${expected}`);
}

/** The `instances` of a body `{"instances": [{…}, …]}`. @throws PermanentFailure InvalidInput */
export function bodyInstances(body: unknown): readonly unknown[] {
  const expected = '{"instances": [{"field": value, …}, …]} as application/json';
  const { instances } = bodyObject(body, expected);
  if (Array.isArray(instances)) return instances;
  throw new PermanentFailure('InvalidInput', `Wrong request body: expected ${expected}`);
}

/** A model version in a path: 1, 2, 3, … @throws PermanentFailure InvalidInput */
export function parseVersion(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new PermanentFailure('InvalidInput', 'Wrong model version: expected a whole number from 1', {
    version: text,
  });
}
