import type { NotifyPlan } from '../../domain/plan';
import { PermanentFailure, TransientFailure } from '../../ports/failures';

const TIMEOUT_MS = 10_000;
/** Request timeout, too early, too many requests: come back later. */
const LATER = new Set([408, 425, 429]);

/**
 * Posts a JSON document; the id lets the receiver drop repeats.
 *
 * Failures: those of {@link Notifier}.
 */
export async function postJson(
  { kind, addressFrom }: NotifyPlan,
  address: string,
  id: string,
  document: unknown,
): Promise<void> {
  const fields = { kind, variable: addressFrom };
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    const message = 'Notification has no usable address: expected an http or https URL in the variable';
    throw new PermanentFailure('InvalidPlan', message, fields);
  }
  const status = await post(url, id, document, fields);
  if (status >= 200 && status < 300) return;
  if (status >= 500 || LATER.has(status)) {
    throw new TransientFailure('NotifierUnavailable', 'Notification was not taken', { ...fields, status });
  }
  throw new PermanentFailure('InvalidPlan', 'Notification was refused: check the address', {
    ...fields,
    status,
  });
}

async function post(
  url: URL,
  id: string,
  document: unknown,
  fields: Readonly<Record<string, string>>,
): Promise<number> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': id, 'user-agent': 'millrace' },
      body: JSON.stringify(document),
      // A redirect would hand the message to somebody the address does not name.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    // The cause names the host and maybe the whole address.
    const reason =
      error instanceof Error && error.name === 'TimeoutError' ? 'no answer in time' : 'no connection';
    throw new TransientFailure('NotifierUnavailable', `Notification was not delivered: ${reason}`, fields);
  }
}
