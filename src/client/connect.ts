import { Client, Connection, isGrpcServiceError } from '@temporalio/client';

export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
}

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

/** Lends a connected client to `work` and closes the connection afterwards. @throws TemporalUnreachable */
export async function withClient<T>(
  settings: TemporalSettings,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const { client, close } = await connectClient(settings);
  try {
    return await work(client);
  } catch (error) {
    if (isGrpcServiceError(error) && Number(error.code) === GRPC_UNAVAILABLE)
      throw new TemporalUnreachable(settings.address, error);
    throw error;
  } finally {
    await close();
  }
}

export async function connectClient(
  settings: TemporalSettings,
): Promise<{ readonly client: Client; readonly close: () => Promise<void> }> {
  try {
    const connection = await Connection.connect({
      address: settings.address,
      connectTimeout: CONNECT_TIMEOUT,
    });
    return {
      client: new Client({ connection, namespace: settings.namespace }),
      close: () => connection.close(),
    };
  } catch (error) {
    throw new TemporalUnreachable(settings.address, error);
  }
}
