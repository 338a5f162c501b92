import { createFeatureEncoder, type FeatureRecord, type FeatureSchema } from '../domain/feature-encoding';
import { PermanentFailure } from '../ports/failures';
import type { LoadedModel } from '../ports/model-scorer';
import type { GoldenCheck } from '../ports/serving-admin';
import type { FeatureComputer } from './feature-computer';
import type { InstanceReader } from './instance-reader';

/** A model version that is ready to answer. */
export interface ServedModel {
  readonly pipeline: string;
  readonly version: number;
  readonly schema: FeatureSchema;
  /** From source fields. @throws PermanentFailure InvalidInput for fields that do not fit. */
  readonly predictRaw: (instances: readonly unknown[]) => Promise<Float32Array>;
  /** From features by name. @throws PermanentFailure InvalidInput for fields that do not fit. */
  readonly predictFeatures: (instances: readonly unknown[]) => Promise<Float32Array>;
  /** Predicts the golden rows the way requests are predicted. */
  readonly checkGolden: () => Promise<GoldenCheck>;
  readonly close: () => Promise<void>;
}

export interface GoldenRow {
  readonly features: FeatureRecord;
  readonly prediction: number;
}

export interface ServedModelParts {
  readonly pipeline: string;
  readonly version: number;
  readonly schema: FeatureSchema;
  readonly reader: InstanceReader;
  readonly computeFeatures: FeatureComputer;
  readonly scorer: LoadedModel;
  readonly golden: readonly GoldenRow[];
  /** Frees what the parts hold, the scorer excepted. */
  readonly release: () => Promise<void>;
}

export function createServedModel(parts: ServedModelParts): ServedModel {
  const { schema, reader, golden, scorer } = parts;
  const encoder = createFeatureEncoder(schema);

  const score = (records: readonly FeatureRecord[]): Promise<Float32Array> =>
    scorer.score({
      values: encodeOrRefuse(encoder.encode, records),
      rows: records.length,
      columns: encoder.columns,
    });
  const predictFeatures = (instances: readonly unknown[]): Promise<Float32Array> =>
    score(instances.map(reader.readFeatures));

  return {
    pipeline: parts.pipeline,
    version: parts.version,
    schema,
    predictRaw: async (instances) => score(await parts.computeFeatures(instances.map(reader.readRaw))),
    predictFeatures: async (instances) => predictFeatures(instances),
    checkGolden: async () => {
      const served = await predictFeatures(golden.map(({ features }) => features));
      return { rows: golden.length, maxDifference: largestDifference(golden, served) };
    },
    close: async () => {
      await scorer.close();
      await parts.release();
    },
  };
}

function encodeOrRefuse(
  encode: (records: readonly FeatureRecord[]) => Float32Array,
  records: readonly FeatureRecord[],
): Float32Array {
  try {
    return encode(records);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PermanentFailure('InvalidInput', error.message, {}, { cause: error });
  }
}

/** A prediction that is no number differs infinitely. */
function largestDifference(golden: readonly GoldenRow[], served: Float32Array): number {
  const differences = golden.map(({ prediction }, row) => Math.abs((served[row] ?? NaN) - prediction));
  return differences.reduce((largest, next) => (Number.isNaN(next) ? Infinity : Math.max(largest, next)), 0);
}
