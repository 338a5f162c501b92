import type { FastifyInstance, FastifyReply } from 'fastify';
import { OUTPUT_METADATA, OUTPUT_NAME, inputMetadata, readInferenceRequest } from '../open-inference';
import { parseVersion } from '../request-body';
import { runPrediction, type PredictionDependencies } from '../run-prediction';

interface ModelParams {
  readonly model: string;
  readonly version?: string;
}

export interface OpenInferenceOptions {
  readonly serverVersion: string;
  readonly isReady: () => boolean;
}

/** The Open Inference Protocol, version 2, over HTTP. A model's name is its pipeline's. */
export function addOpenInferenceRoutes(
  server: FastifyInstance,
  deps: PredictionDependencies,
  { serverVersion, isReady }: OpenInferenceOptions,
): void {
  server.get('/v2', (_request, reply) =>
    reply.send({ name: 'millrace', version: serverVersion, extensions: [] }),
  );
  server.get('/v2/health/live', (_request, reply) => reply.send({ live: true }));
  server.get('/v2/health/ready', (_request, reply) =>
    reply.status(isReady() ? 200 : 503).send({ ready: isReady() }),
  );
  for (const prefix of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    server.get<{ Params: ModelParams }>(prefix, ({ params }) => describeModel(deps, params));
    server.get<{ Params: ModelParams }>(`${prefix}/ready`, ({ params }, reply) =>
      describeReadiness(deps, params, reply),
    );
    server.post<{ Params: ModelParams }>(`${prefix}/infer`, ({ params, body }, reply) =>
      infer(deps, params, body, reply),
    );
  }
}

function describeModel({ pool }: PredictionDependencies, params: ModelParams): Promise<unknown> {
  return pool.use(params.model, versionOf(params), ({ pipeline, version, schema }) => {
    const versions = params.version === undefined ? pool.status(pipeline).loadedVersions : [version];
    return Promise.resolve({
      name: pipeline,
      versions: versions.map(String),
      platform: 'onnx_onnxv1',
      inputs: inputMetadata(schema),
      outputs: OUTPUT_METADATA,
    });
  });
}

function describeReadiness(
  { pool }: PredictionDependencies,
  params: ModelParams,
  reply: FastifyReply,
): FastifyReply {
  const { liveVersion, loadedVersions } = pool.status(params.model);
  const version = versionOf(params);
  const ready = version === undefined ? liveVersion !== undefined : loadedVersions.includes(version);
  return reply.status(ready ? 200 : 404).send({ name: params.model, ready });
}

async function infer(
  deps: PredictionDependencies,
  params: ModelParams,
  body: unknown,
  reply: FastifyReply,
): Promise<unknown> {
  const { id, instances } = readInferenceRequest(body);
  const request = {
    pipeline: params.model,
    version: versionOf(params),
    instances,
    fields: 'features',
  } as const;
  const { version, predictions } = await runPrediction(deps, request, reply);
  return {
    model_name: params.model,
    model_version: String(version),
    ...(id === undefined ? {} : { id }),
    outputs: [{ name: OUTPUT_NAME, shape: [predictions.length], datatype: 'FP32', data: predictions }],
  };
}

function versionOf({ version }: ModelParams): number | undefined {
  return version === undefined ? undefined : parseVersion(version);
}
