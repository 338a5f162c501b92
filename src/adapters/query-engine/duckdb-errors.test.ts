import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createDuckDbEngine } from './duckdb';
import { asEngineFailure } from './duckdb-errors';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-duckdb-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** The failure of the real engine. */
async function failureOf(sql: string): Promise<Error> {
  const session = await createDuckDbEngine().open({ directory, memoryLimitMegabytes: 200, threads: 1 });
  try {
    await session.rows(sql);
  } catch (error) {
    return error as Error;
  } finally {
    await session.close();
  }
  throw new Error('it did not fail');
}

const SECRET = `(VALUES ('it''s "secret" 4711'), (E'x\\nsecret')) v(note)`;

test.each([
  [`SELECT note::INTEGER FROM ${SECRET}`, 'string … to INT32 when casting from source column note'],
  [
    `SELECT note::DECIMAL(5,2) FROM ${SECRET}`,
    'string … to DECIMAL(5,2) when casting from source column note',
  ],
  [`SELECT note::DATE FROM ${SECRET}`, 'invalid date field format… when casting from source column note'],
  [`SELECT strptime(note, '%d') FROM ${SECRET}`, 'Invalid Input Error: Could not parse string …'],
  [`SELECT regexp_matches('a', note || '(') FROM ${SECRET}`, 'Invalid Input Error: missing )…'],
  [`SELECT (4711 * i)::TINYINT FROM range(1, 2) r(i)`, "with value … can't be cast because"],
  [`SELECT 2147483647::INT * i::INT FROM range(4711, 4712) r(i)`, 'Overflow in multiplication of INT32'],
])('%s: the failure names the kind and no value', async (sql, kept) => {
  const failure = await failureOf(sql);
  expect(failure).toMatchObject({ code: 'InvalidInput' });
  expect(failure.message).toContain(kept);
  expect(inspect(failure, { depth: 5 })).not.toMatch(/secret|4711|2147483647/);
});

test('what is wrong with the SQL itself is told in full', async () => {
  const failure = await failureOf('SELECT distanc FROM (SELECT 1 AS distance)');
  expect(failure).toMatchObject({ code: 'InvalidInput' });
  expect(failure.message).toContain('Referenced column "distanc" not found');
  expect(failure.message).toContain('Candidate bindings: "distance"');
});

test('any other fault is technical and keeps its first line', () => {
  const failure = asEngineFailure({ message: 'IO Error: No space left on device\n\nLINE 1: SELECT 4711' });
  expect(failure).toMatchObject({ code: 'EngineFailed' });
  expect(failure.message).toBe('Query engine failed: IO Error: No space left on device');
});
