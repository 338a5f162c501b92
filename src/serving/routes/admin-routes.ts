import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { ModelPool } from '../model-pool';
import { parseVersion } from '../request-body';

interface PipelineParams {
  readonly pipeline: string;
}
interface VersionParams extends PipelineParams {
  readonly version: string;
}

/** The control side, for `adapters/serving-admin/http.ts`. Needs `Authorization: Bearer <adminToken>`. */
export function addAdminRoutes(server: FastifyInstance, pool: ModelPool, adminToken: string): void {
  void server.register(
    (admin, _options, done) => {
      admin.addHook('onRequest', async (request, reply) => {
        if (isAuthorized(request.headers.authorization, adminToken)) return undefined;
        return reply.status(401).header('www-authenticate', 'Bearer').send({
          error: 'The admin token is missing or wrong: set MILLRACE_ADMIN_TOKEN',
          code: 'Unauthorized',
        });
      });
      addModelRoutes(admin, pool);
      done();
    },
    { prefix: '/admin/models' },
  );
}

function addModelRoutes(admin: FastifyInstance, pool: ModelPool): void {
  admin.get<{ Params: PipelineParams }>('/:pipeline', ({ params }, reply) =>
    reply.send(pool.status(params.pipeline)),
  );

  admin.delete<{ Params: PipelineParams }>('/:pipeline/live', ({ params }, reply) => {
    pool.deactivate(params.pipeline);
    return reply.send(pool.status(params.pipeline));
  });

  admin.post<{ Params: VersionParams }>('/:pipeline/versions/:version/load', async ({ params }) => {
    await pool.load(params.pipeline, parseVersion(params.version));
    return pool.status(params.pipeline);
  });

  admin.post<{ Params: VersionParams }>('/:pipeline/versions/:version/activate', async ({ params }) => {
    await pool.activate(params.pipeline, parseVersion(params.version));
    return pool.status(params.pipeline);
  });

  // Loads first: the server may have been restarted since the version was loaded.
  admin.post<{ Params: VersionParams }>('/:pipeline/versions/:version/check', async ({ params }) => {
    const version = parseVersion(params.version);
    await pool.load(params.pipeline, version);
    return pool.use(params.pipeline, version, (model) => model.checkGolden());
  });
}

/** Compares digests, so that neither content nor length of the token shows in the time taken. An empty token fits none. */
function isAuthorized(header: string | undefined, token: string): boolean {
  if (token === '') return false;
  return timingSafeEqual(sha256(header ?? ''), sha256(`Bearer ${token}`));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
