import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import { clientDataConverter } from '../codec/data-converter';
import { loadKeyRing } from '../codec/load-key-ring';
import type { TemporalSettings } from '../config/temporal-settings';

/** The Temporal server did not answer: exit code 5 for the CLI. */
export class TemporalUnreachable extends Error {
  constructor(address: string, cause: unknown) {
    super(
      `Temporal does not answer [address=${address}]: start the local stack with \`millrace up\`, or set TEMPORAL_ADDRESS`,
      {
        cause,
      },
    );
    this.name = 'TemporalUnreachable';
  }
}

const CONNECT_TIMEOUT = '5s';
/** https://grpc.io/docs/guides/status-codes */
const GRPC_UNAVAILABLE = 14;

/** True for a server that could not be reached, at connecting or later. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof TemporalUnreachable) return true;
  return isGrpcServiceError(error) && (error.code as number) === GRPC_UNAVAILABLE;
}

/** @throws TemporalUnreachable */
export async function connectClient(
  settings: TemporalSettings,
): Promise<{ readonly client: Client; readonly close: () => Promise<void> }> {
  const dataConverter = clientDataConverter(await loadKeyRing(settings.codec));
  try {
    const connection = await Connection.connect({
      ...settings.options,
      address: settings.address,
      connectTimeout: CONNECT_TIMEOUT,
    });
    return {
      client: new Client({
        connection,
        namespace: settings.namespace,
        ...(dataConverter ? { dataConverter } : {}),
      }),
      close: () => connection.close(),
    };
  } catch (error) {
    throw new TemporalUnreachable(settings.address, error);
  }
}
