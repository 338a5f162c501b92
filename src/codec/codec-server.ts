import type { Payload, PayloadCodec } from '@temporalio/common';
import Fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';

const base64 = z.base64();
const payloadsBody = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), base64).optional(), data: base64.optional() })),
});
type JsonPayload = z.infer<typeof payloadsBody>['payloads'][number];

/** Payloads of one page of a history stay far below. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/**
 * Lets the Temporal Web UI and CLI show encrypted payloads: `POST /decode` and `/encode` with Temporal's JSON form of
 * payloads. Browsers may ask only from `origins`. It has no sign-in of its own, so it must stay on loopback or behind
 * something that asks.
 *
 * Source: Temporal documentation, "Codec Server", remote data encoding.
 */
export function createCodecServer(codec: PayloadCodec, origins: readonly string[]): FastifyInstance {
  const server = Fastify({ bodyLimit: MAX_BODY_BYTES });
  server.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    if (origin === undefined) return;
    if (!origins.includes(origin)) {
      await reply.code(403).send({ error: `Origin is not allowed: ${origin}` });
      return;
    }
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-allow-headers': 'content-type,x-namespace,authorization',
      'access-control-allow-methods': 'POST,OPTIONS',
      vary: 'origin',
    });
    if (request.method === 'OPTIONS') await reply.code(204).send();
  });
  for (const action of ['encode', 'decode'] as const) {
    server.post(`/${action}`, async (request, reply) => {
      const body = payloadsBody.safeParse(request.body);
      if (!body.success)
        return reply.code(400).send({ error: 'Expected {payloads: [{metadata, data}]} in base64' });
      try {
        const payloads = await codec[action](body.data.payloads.map(fromJson));
        return { payloads: payloads.map(toJson) };
      } catch (error) {
        return reply.code(400).send({ error: (error as Error).message });
      }
    });
  }
  return server;
}

function fromJson({ metadata = {}, data }: JsonPayload): Payload {
  return {
    metadata: mapValues(metadata, (value) => Buffer.from(value, 'base64')),
    ...(data === undefined ? {} : { data: Buffer.from(data, 'base64') }),
  };
}

function toJson({ metadata, data }: Payload): JsonPayload {
  return {
    metadata: mapValues(metadata ?? {}, (value) => Buffer.from(value).toString('base64')),
    ...(data ? { data: Buffer.from(data).toString('base64') } : {}),
  };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
