import type { FastifyReply } from 'fastify';
import { PermanentFailure } from '../ports/failures';
import type { ModelPool } from './model-pool';
import type { ServedModel } from './served-model';
import type { PredictionObservation, ServerMetrics } from './server-metrics';

export interface PredictionDependencies {
  readonly pool: Pick<ModelPool, 'use' | 'status' | 'livePipelines'>;
  readonly metrics: Pick<ServerMetrics, 'observePrediction'>;
}

export interface PredictionRequest {
  readonly pipeline: string;
  /** Absent = the live one. */
  readonly version?: number | undefined;
  readonly instances: readonly unknown[];
  /** Whether instances hold source fields or the model's features. */
  readonly fields: 'source' | 'features';
}

export interface Prediction {
  readonly version: number;
  readonly predictions: readonly number[];
}

/** More rows belong into a batch job; the engine would hold up everybody else. */
const MAX_INSTANCES = 10_000;

/** The one path of all protocols from instances to predictions: model choice, metrics, version header. */
export async function runPrediction(
  { pool, metrics }: PredictionDependencies,
  request: PredictionRequest,
  reply: FastifyReply,
): Promise<Prediction> {
  checkCount(request.instances.length);
  const started = performance.now();
  let version: number | undefined;
  const observe = (outcome: PredictionObservation['outcome']): void => {
    const seconds = (performance.now() - started) / 1000;
    metrics.observePrediction({
      pipeline: request.pipeline,
      version,
      outcome,
      rows: request.instances.length,
      seconds,
    });
  };
  try {
    const scores = await pool.use(request.pipeline, request.version, (model) => {
      version = model.version;
      void reply.header('x-model-version', String(version));
      return predict(model, request);
    });
    observe('ok');
    return { version: version ?? 0, predictions: Array.from(scores) };
  } catch (error) {
    observe(error instanceof PermanentFailure ? 'refused' : 'failed');
    throw error;
  }
}

function predict(model: ServedModel, { instances, fields }: PredictionRequest): Promise<Float32Array> {
  return fields === 'source' ? model.predictRaw(instances) : model.predictFeatures(instances);
}

function checkCount(count: number): void {
  if (count > 0 && count <= MAX_INSTANCES) return;
  throw new PermanentFailure(
    'InvalidInput',
    `Wrong number of instances: expected 1 to ${MAX_INSTANCES}, got ${count}`,
  );
}
