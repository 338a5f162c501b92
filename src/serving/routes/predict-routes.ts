import type { FastifyInstance } from 'fastify';
import { bodyInstances } from '../request-body';
import { runPrediction, type PredictionDependencies } from '../run-prediction';

/** Millrace's own way in: raw source fields in, predictions and the version that made them out. */
export function addPredictRoutes(server: FastifyInstance, deps: PredictionDependencies): void {
  server.post<{ Params: { pipeline: string } }>('/predict/:pipeline', async (request, reply) => {
    const instances = bodyInstances(request.body);
    const { pipeline } = request.params;
    const { version, predictions } = await runPrediction(
      deps,
      { pipeline, instances, fields: 'source' },
      reply,
    );
    return { modelVersion: version, predictions };
  });
}
