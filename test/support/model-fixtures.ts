// Models made by the real trainer (fixtures/models/make_models.py) and what they answer for their golden rows.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { FeatureRecord, FeatureSchema } from '../../src/domain/feature-encoding';

export type FixtureModel = 'v1' | 'v2';

const directory = path.join(__dirname, 'fixtures', 'models');

export function modelFile(model: FixtureModel, name: string): string {
  return path.join(directory, model, name);
}

/** Feature rows of 40 days from 2013-01-01; the models' holdout begins on 2013-01-31. */
export const FEATURE_ROWS_FILE = path.join(directory, 'features.parquet');
export const HOLDOUT_FROM = '2013-01-31';

export function featureSchema(model: FixtureModel): FeatureSchema {
  return JSON.parse(readFileSync(modelFile(model, 'features.json'), 'utf8')) as FeatureSchema;
}

export interface GoldenRow {
  readonly features: FeatureRecord;
  readonly prediction: number;
}

export async function goldenRows(model: FixtureModel): Promise<readonly GoldenRow[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    const file = modelFile(model, 'golden.parquet').replaceAll("'", "''");
    const reader = await connection.runAndReadAll(`SELECT * FROM read_parquet('${file}')`);
    return reader.getRowObjectsJS().map(({ prediction, ...features }) => ({
      features: Object.fromEntries(
        Object.entries(features).map(([name, value]) => [
          name,
          typeof value === 'bigint' ? Number(value) : (value as string | number | null),
        ]),
      ),
      prediction: Number(prediction),
    }));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
