import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ForgetfulProxy {
  readonly endpoint: string;
  /** The next so many PUTs reach the store, but their answers are replaced by a 500. */
  readonly forgetAnswers: (puts: number) => void;
  readonly forgotten: () => number;
  readonly stop: () => Promise<void>;
}

/** Stands between a client and a store and loses answers, as a broken network does. */
export async function startForgetfulProxy(target: string): Promise<ForgetfulProxy> {
  let toForget = 0;
  let forgotten = 0;
  const server = createServer((incoming, outgoing) => {
    void forward(target, incoming).then((answer) => {
      if (incoming.method === 'PUT' && toForget > 0) {
        toForget -= 1;
        forgotten += 1;
        answer.resume();
        answer.once('end', () => outgoing.writeHead(500).end());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forgetAnswers: (puts) => (toForget = puts),
    forgotten: () => forgotten,
    stop: () => close(server),
  };
}

function forward(target: string, incoming: IncomingMessage): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { method: incoming.method ?? 'GET', headers: incoming.headers };
    const upstream = request(new URL(incoming.url ?? '/', target), options, resolve);
    upstream.on('error', reject);
    incoming.pipe(upstream);
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
