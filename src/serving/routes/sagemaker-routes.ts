import type { FastifyInstance } from 'fastify';
import { PermanentFailure } from '../../ports/failures';
import { bodyInstances } from '../request-body';
import { runPrediction, type PredictionDependencies } from '../run-prediction';

/** Names the model where one container holds several, as SageMaker's multi-model endpoints do. */
const TARGET_MODEL = 'x-amzn-sagemaker-target-model';

/**
 * The contract of a SageMaker inference container: `/ping` says whether requests may come, `/invocations` answers
 * them ("Use your own inference code with hosting services", Amazon SageMaker Developer Guide).
 */
export function addSageMakerRoutes(
  server: FastifyInstance,
  deps: PredictionDependencies,
  isReady: () => boolean,
): void {
  server.get('/ping', async (_request, reply) => reply.status(isReady() ? 200 : 503).send());

  server.post('/invocations', async (request, reply) => {
    const instances = bodyInstances(request.body);
    const pipeline = targetOf(request.headers[TARGET_MODEL], deps.pool.livePipelines());
    const { predictions } = await runPrediction(deps, { pipeline, instances, fields: 'source' }, reply);
    return { predictions };
  });
}

function targetOf(header: string | readonly string[] | undefined, live: readonly string[]): string {
  if (typeof header === 'string') return header;
  const [only] = live;
  if (only !== undefined && live.length === 1) return only;
  if (only === undefined) throw new PermanentFailure('NotFound', 'No model is live');
  throw new PermanentFailure(
    'InvalidInput',
    `Several models are live: name one of ${live.join(', ')} in the header ${TARGET_MODEL}`,
  );
}
