import { CommandError } from './command';
import { EXIT_CODES } from './exit-codes';

/** @throws CommandError for anything that is no port number. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new CommandError(EXIT_CODES.usage, `--port must be a number from 0 to 65535, got ${text}`);
}

/** Until SIGTERM or SIGINT. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => {
      resolve();
    });
    process.once('SIGINT', () => {
      resolve();
    });
  });
}
