import { createLambdaHandler } from '../lambda/main';
import { startReceiver, type Receiver } from '../lambda/receiver';

/** The very handler that runs on AWS Lambda, behind plain HTTP for the local object store. */
export async function runReceiver(
  variables: Readonly<Record<string, string | undefined>>,
  options: { readonly port: number; readonly path: string },
): Promise<Receiver> {
  return startReceiver({ ...options, handler: createLambdaHandler(variables) });
}
