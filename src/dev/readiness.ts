import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Readiness } from './process-spec';

const PROBE_TIMEOUT_MS = 2_000;

async function answersHttp(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function acceptsConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: PROBE_TIMEOUT_MS });
    const finish = (ready: boolean): void => {
      socket.destroy();
      resolve(ready);
    };
    socket.once('connect', () => {
      finish(true);
    });
    socket.once('error', () => {
      finish(false);
    });
    socket.once('timeout', () => {
      finish(false);
    });
  });
}

/** Reads a file from `startByte` to its end; an absent file is empty. */
export async function readFrom(file: string, startByte: number): Promise<string> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return '';
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.max(0, size - startByte));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, startByte);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Asks once. `log` is where the process writes and where its present start begins in that file. */
export async function isReady(
  readiness: Readiness,
  log: { readonly file: string; readonly startByte: number },
): Promise<boolean> {
  switch (readiness.kind) {
    case 'http':
      return answersHttp(readiness.url);
    case 'tcp':
      return acceptsConnections(readiness.port);
    case 'log-line':
      return (await readFrom(log.file, log.startByte)).includes(readiness.text);
  }
}
