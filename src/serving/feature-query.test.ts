import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { flightsPlan } from '../../test/support/registered-models';
import { createDuckDbEngine } from '../adapters/query-engine/duckdb';
import type { ColumnPlan } from '../domain/plan';
import type { QuerySession } from '../ports/query-engine';
import { buildFeatureQuery } from './feature-query';

let directory: string;
let session: QuerySession;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'millrace-query-'));
  session = await createDuckDbEngine().open({ directory, memoryLimitMegabytes: 64, threads: 1 });
});
afterAll(async () => {
  await session.close();
  await rm(directory, { recursive: true, force: true });
});

describe('buildFeatureQuery', () => {
  it('computes features and window keys for each row, in order', async () => {
    const query = buildFeatureQuery(flightsPlan);
    const rows = await session.rows(
      query.sql([
        ["o'hare", 'EWR', '500', '20.02.2013 23:10', null],
        [null, null, null, null, null],
      ]),
    );
    expect(rows).toEqual([
      {
        '#row': 0,
        '#bad': null,
        '#feature0': "O'HARE",
        '#feature1': 'EWR',
        '#feature2': 500,
        '#feature3': 23,
        '#key_origin': 'EWR',
      },
      {
        '#row': 1,
        '#bad': null,
        '#feature0': null,
        '#feature1': null,
        '#feature2': null,
        '#feature3': null,
        '#key_origin': null,
      },
    ]);
  });

  it('leaves out columns that nothing uses', () => {
    expect(buildFeatureQuery(flightsPlan).sql([['UA', 'EWR', '1', '2013-01-01', 'never seen']])).not.toMatch(
      /delay|never seen/,
    );
  });

  it.each<[ColumnPlan['type'], string, boolean]>([
    ['string', 'anything', true],
    ['integer', '-42', true],
    ['integer', '9223372036854775807', true],
    ['integer', '9223372036854775808', false],
    ['integer', '1.5', false],
    ['integer', '0x10', false],
    ['double', '1e3', true],
    ['double', 'Infinity', false],
    ['boolean', 'TRUE', true],
    ['boolean', 'yes', false],
    ['date', '2013-01-31', true],
    ['date', '2013-02-31', false],
    ['timestamp', '2013-01-31T05:00:00+05:30', true],
    ['timestamp', '2013-01-31T25:00:00Z', false],
    ['timestamp', 'yesterday', false],
  ])('reads a %s from %j: %s', async (type, cell, fits) => {
    const plan = {
      ...flightsPlan,
      columns: [{ name: 'x', type }],
      features: [{ name: 'same', kind: 'categorical' as const, sql: 'X' }],
      windows: [],
    };
    const query = buildFeatureQuery(plan);
    const [row] = await session.rows(query.sql([[cell]]));
    expect(row?.[query.badColumn]).toBe(fits ? null : 'x');
  });
});
