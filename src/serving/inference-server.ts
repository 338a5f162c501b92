import fastify, { type FastifyInstance } from 'fastify';
import type { PlanLibrary } from '../lake/plans';
import { handleErrors } from './http-errors';
import { createModelLoader, type ModelLoaderDependencies } from './model-loader';
import { createModelPool, type ModelPool } from './model-pool';
import { createModelSlots } from './model-slots';
import { restoreChampions } from './restore-champions';
import { addAdminRoutes } from './routes/admin-routes';
import { addOpenInferenceRoutes } from './routes/open-inference-routes';
import { addPredictRoutes } from './routes/predict-routes';
import { addSageMakerRoutes } from './routes/sagemaker-routes';
import { createServerMetrics, type ServerMetrics } from './server-metrics';

export interface InferenceServerDependencies extends ModelLoaderDependencies {
  readonly plans: Pick<PlanLibrary, 'load' | 'pipelines'>;
  /** Empty = the admin routes refuse everybody. */
  readonly adminToken: string;
  /** Shown by `GET /v2`. */
  readonly serverVersion: string;
  /** Gets one line per fault; never rows or request bodies. */
  readonly report: (message: string) => void;
}

export interface InferenceServer {
  /** Listens on the loopback interface; 0 = any free port. Returns the port. */
  readonly listen: (port: number) => Promise<number>;
  /** Loads each pipeline's champion; readiness is refused until it has returned. */
  readonly restore: () => Promise<void>;
  /** Refuses new requests, finishes those under way, frees the models. */
  readonly close: () => Promise<void>;
}

/** 10,000 instances of some hundred short fields. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
const HOST = '127.0.0.1';

/** The inference server: Open Inference Protocol v2, SageMaker's container contract, a plain way in, and control. */
export function createInferenceServer(deps: InferenceServerDependencies): InferenceServer {
  const metrics = createServerMetrics();
  const stopped = new AbortController();
  const slots = createModelSlots(createModelLoader(deps), deps.report);
  const pool = createModelPool(slots, metrics.setLiveVersion);
  let restored = false;
  const server = fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: 'idle' });
  server.addHook('onSend', async (_request, reply) => {
    // A connection that is kept alive would keep a closing server waiting for over a minute.
    if (stopped.signal.aborted) void reply.header('connection', 'close');
  });
  handleErrors(server, deps.report);
  addRoutes(server, { deps, pool, metrics, isReady: () => restored });

  return {
    listen: async (port) => {
      await server.listen({ host: HOST, port });
      const address = server.server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    restore: async () => {
      const { store, lakeBucket, plans, report } = deps;
      await restoreChampions({ store, lakeBucket, plans, pool, onProblem: report, signal: stopped.signal });
      restored = true;
    },
    close: async () => {
      stopped.abort();
      await server.close();
      await slots.close();
    },
  };
}

interface RouteParts {
  readonly deps: InferenceServerDependencies;
  readonly pool: ModelPool;
  readonly metrics: ServerMetrics;
  readonly isReady: () => boolean;
}

function addRoutes(server: FastifyInstance, { deps, pool, metrics, isReady }: RouteParts): void {
  const prediction = { pool, metrics };
  addPredictRoutes(server, prediction);
  addSageMakerRoutes(server, prediction, isReady);
  addOpenInferenceRoutes(server, prediction, { serverVersion: deps.serverVersion, isReady });
  addAdminRoutes(server, pool, deps.adminToken);
  server.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  );
}
