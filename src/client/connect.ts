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
const GRPC_DEADLINE_EXCEEDED = 4;

/** The client wraps what the server said. */
function grpcCode(error: unknown): number | undefined {
  const said = isGrpcServiceError(error) ? error : (error as { readonly cause?: unknown } | undefined)?.cause;
  return isGrpcServiceError(said) ? said.code : undefined;
}

/** True for a server that could not be reached, at connecting or later. */
export function isUnreachable(error: unknown): boolean {
  if (error instanceof TemporalUnreachable) return true;
  return grpcCode(error) === GRPC_UNAVAILABLE;
}

/** True for a query that no worker answered in time: there is none, or it is paused or being started again. */
export function isUnanswered(error: unknown): boolean {
  return grpcCode(error) === GRPC_DEADLINE_EXCEEDED;
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
