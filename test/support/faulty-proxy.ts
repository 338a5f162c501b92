import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What becomes of a request: refused with a status before it reaches the store; `lose-answer`: it reaches the store,
 * and 500 is answered; `hang`: no answer comes; `cut`: the answer's body ends half-way; `flip-answer` and
 * `flip-request`: one bit of the body changes on its way; `drop-condition`: `If-None-Match` is taken away; `slow`: the
 * answer's body comes bit by bit, in all for {@link SLOW_ANSWER_MS}.
 */
export type NetworkFault =
  | '500'
  | '503 SlowDown'
  | 'lose-answer'
  | 'hang'
  | 'cut'
  | 'flip-answer'
  | 'flip-request'
  | 'drop-condition'
  | 'slow';

export const SLOW_ANSWER_MS = 1_500;
const SLOW_PARTS = 10;

export interface FaultyProxy {
  readonly endpoint: string;
  /** The next so many requests with this method are disturbed. */
  readonly disturb: (fault: NetworkFault, method: 'GET' | 'PUT', requests: number) => void;
  /** How many requests were, so far. */
  readonly disturbed: () => number;
  readonly stop: () => Promise<void>;
}

/** Stands between a client and a store, and does to their messages what a broken network or a busy store does. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  let plan = { fault: '500' as NetworkFault, method: 'PUT', requests: 0 };
  let disturbed = 0;
  const take = (method: string | undefined): NetworkFault | undefined => {
    if (plan.requests === 0 || plan.method !== method) return undefined;
    plan.requests -= 1;
    disturbed += 1;
    return plan.fault;
  };
  const server = createServer((incoming, outgoing) => {
    void serve(target, incoming, outgoing, take(incoming.method)).catch(() => outgoing.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    disturb: (fault, method, requests) => (plan = { fault, method, requests }),
    disturbed: () => disturbed,
    stop: () => close(server),
  };
}

async function serve(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: NetworkFault | undefined,
): Promise<void> {
  const sent = Buffer.concat((await incoming.toArray()) as Uint8Array[]);
  if (fault === 'hang') return;
  if (fault === '500') {
    refuse(outgoing, 500, 'InternalError');
    return;
  }
  if (fault === '503 SlowDown') {
    refuse(outgoing, 503, 'SlowDown');
    return;
  }
  const headers = { ...incoming.headers };
  if (fault === 'drop-condition') delete headers['if-none-match'];
  const answer = await forward(target, incoming, headers, fault === 'flip-request' ? flipped(sent) : sent);
  const body = Buffer.concat((await answer.toArray()) as Uint8Array[]);
  if (fault === 'lose-answer') {
    refuse(outgoing, 500, 'InternalError');
    return;
  }
  outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
  if (fault === 'slow') await dribble(outgoing, body);
  else if (fault === 'cut') outgoing.write(body.subarray(0, body.length / 2), () => outgoing.destroy());
  else outgoing.end(fault === 'flip-answer' ? flipped(body) : body);
}

async function dribble(outgoing: ServerResponse, body: Buffer): Promise<void> {
  const step = Math.ceil(body.length / SLOW_PARTS);
  for (let from = 0; from < body.length; from += step) {
    outgoing.write(body.subarray(from, from + step));
    await sleep(SLOW_ANSWER_MS / SLOW_PARTS);
  }
  outgoing.end();
}

function refuse(outgoing: ServerResponse, status: number, code: string): void {
  outgoing.writeHead(status, { 'content-type': 'application/xml' });
  outgoing.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>injected</Message></Error>`);
}

function flipped(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  const middle = Math.floor(copy.length / 2);
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}

function forward(
  target: string,
  { url = '/', method = 'GET' }: IncomingMessage,
  headers: NodeJS.Dict<string | string[]>,
  body: Buffer,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const upstream = request(new URL(url, target), { method, headers }, resolve);
    upstream.on('error', reject);
    upstream.end(body);
  });
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) =>
    server.close(() => {
      done();
    }),
  );
}
