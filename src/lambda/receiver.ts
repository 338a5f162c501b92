import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UnreadableEvent } from './event-failures';
import type { S3EventHandler } from './handler';
import { readBody } from './read-body';
import { createRefusedEvents } from './refused-events';
import { DELIVERY_RETRIES, retryDelivery, type RetryPolicy } from './retry-delivery';

export interface ReceiverOptions {
  /** 0 = any free port. */
  readonly port: number;
  /** Path that the object store posts to; holds a secret token in the local stack. */
  readonly path: string;
  readonly handler: S3EventHandler;
  readonly retries?: RetryPolicy;
  /** Looks for what landed while events were refused; called once there is room again. */
  readonly catchUp?: () => Promise<void>;
  /** Events at a time. @default 1000 */
  readonly maxWaiting?: number;
}

export interface Receiver {
  readonly port: number;
  /** Where the object store has to post. */
  readonly url: string;
  /** Ends open retries (their events are answered with 503) and frees the port. */
  readonly close: () => Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const MAX_BODY_BYTES = 1_048_576;
/**
 * Longer than any sender keeps a connection that rests (Go: 90 s): if this side closed it first, an event could be on its
 * way just then, and be lost.
 */
const KEEP_ALIVE_MS = 600_000;
const RETRY_AFTER_SECONDS = '5';
/** Events that wait for Temporal; beyond that the sender is told at once. */
const MAX_WAITING = 1_000;

/**
 * The Lambda handler behind plain HTTP on loopback, for a local object store's webhook.
 * 200: the intake has it. 400: not an object event. 503: not accepted within the retries, or too many at a time; senders
 * that repeat (S3 through SQS does, a store's webhook does not) may do so, and what they told of is looked for anyway.
 */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const stopping = new AbortController();
  const { catchUp = () => Promise.resolve(), maxWaiting = MAX_WAITING } = options;
  const missed = createRefusedEvents(catchUp);
  let waiting = 0;
  const accept = async (request: IncomingMessage): Promise<Answer> => {
    if (request.method === 'GET' && request.url === '/health') return { status: 200, text: 'ok' };
    if (request.url !== options.path) return { status: 404, text: 'not found' };
    if (request.method !== 'POST') return { status: 405, text: 'expected POST' };
    if (waiting >= maxWaiting) {
      missed.refused();
      return { status: 503, text: 'too many events are waiting' };
    }
    waiting += 1;
    try {
      const answer = await take(request, options, stopping.signal);
      if (answer.status === 503) missed.refused();
      return answer;
    } finally {
      waiting -= 1;
      if (waiting <= maxWaiting / 2 && !stopping.signal.aborted) missed.calm();
    }
  };
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void accept(request)
      .catch((error: unknown): Answer => ({ status: 500, text: String(error) }))
      .then((answer) => {
        send(response, answer, stopping.signal.aborted);
      });
  });
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}${options.path}`,
    close: () => {
      stopping.abort();
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeIdleConnections();
      });
    },
  };
}

async function take(
  request: IncomingMessage,
  options: ReceiverOptions,
  stopping: AbortSignal,
): Promise<Answer> {
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === undefined) return { status: 413, text: `expected at most ${MAX_BODY_BYTES} bytes` };
  let event: unknown;
  try {
    event = JSON.parse(body);
  } catch {
    return { status: 400, text: 'expected JSON' };
  }
  try {
    const deliver = (): Promise<void> => deliverOnce(options.handler, event);
    await retryDelivery(
      deliver,
      (error) => error instanceof UnreadableEvent,
      stopping,
      options.retries ?? DELIVERY_RETRIES,
    );
    return { status: 200, text: 'ok' };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { status: error instanceof UnreadableEvent ? 400 : 503, text };
  }
}

async function deliverOnce(handler: S3EventHandler, event: unknown): Promise<void> {
  const { batchItemFailures } = await handler(event);
  if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} messages were not accepted`);
}

function send(response: ServerResponse, { status, text }: Answer, isLast: boolean): void {
  // The store may have hung up long ago: the event was handled all the same.
  if (response.destroyed) return;
  // versitygw never reads what is answered: a connection with a body to be read is lost to it until its timeout.
  const hasBody = status !== 200;
  response.writeHead(status, {
    ...(hasBody ? { 'content-type': 'text/plain; charset=utf-8' } : { 'content-length': 0 }),
    ...(status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {}),
    ...(hasBody || isLast ? { connection: 'close' } : {}),
  });
  response.end(hasBody ? `${text}\n` : undefined);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
