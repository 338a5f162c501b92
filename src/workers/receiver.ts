import { connectClient } from '../client/connect';
import { createIntakeClient } from '../client/intake-client';
import { loadSettings, type Settings } from '../config/settings';
import { createLambdaHandler } from '../lambda/main';
import { startReceiver, type Receiver } from '../lambda/receiver';
import { retryDelivery } from '../lambda/retry-delivery';

type Variables = Readonly<Record<string, string | undefined>>;

/** A storm of events is a few lines of log. */
const SUMMARY_EVERY_MS = 1_000;
/** Until then the schedules of the pipelines do the same. */
const RECONCILE_RETRIES = { deadlineMs: 600_000, firstDelayMs: 500, maxDelayMs: 10_000 };

/** The very handler that runs on AWS Lambda, behind plain HTTP for the local object store. */
export async function runReceiver(
  variables: Variables,
  options: { readonly port: number; readonly path: string },
): Promise<Receiver> {
  const stopping = new AbortController();
  const { temporal } = loadSettings(variables);
  const receiver = await startReceiver({
    ...options,
    handler: createLambdaHandler(variables, { summaryEveryMs: SUMMARY_EVERY_MS }),
    catchUp: () => catchUp(temporal, stopping.signal),
  });
  void catchUp(temporal, stopping.signal).catch(() => undefined);
  return {
    ...receiver,
    close: () => {
      stopping.abort();
      return receiver.close();
    },
  };
}

/** The local store sends each event once: what it sent while nobody listened, or was refused, has to be looked for. */
async function catchUp(temporal: Settings['temporal'], signal: AbortSignal): Promise<void> {
  const reconcileOnce = async (): Promise<void> => {
    const { client, close } = await connectClient(temporal);
    await createIntakeClient(client).reconcile().finally(close);
  };
  await retryDelivery(reconcileOnce, () => false, signal, RECONCILE_RETRIES);
}
