import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the ephemeral ranges of Linux (32768–60999) and macOS (49152–65535): the source port of some outgoing
// connection can then never take the port of a server that is just being restarted.
const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 30_000; // exclusive
const ATTEMPTS = 200;

/** Whether a server could listen on this loopback port now. */
export async function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** A free loopback port outside the ephemeral range and not among `taken`. */
export async function findFreePort(taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
    if (!taken.has(port) && (await isPortFree(port))) return port;
  }
  throw new Error(
    `No free port found [from=${LOWEST_PORT}, to=${HIGHEST_PORT - 1}, attempts=${ATTEMPTS}]: give one with --port-base`,
  );
}
