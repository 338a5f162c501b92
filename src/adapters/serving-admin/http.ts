import { PermanentFailure, TransientFailure } from '../../ports/failures';
import type { GoldenCheck, ServingAdmin, ServingStatus } from '../../ports/serving-admin';

export interface HttpServingAdminSettings {
  /** Base address of the inference server. */
  readonly url: string;
  readonly adminToken: string;
}

/** Loading a model takes about a second; with a store that is slow, a few. */
const TIMEOUT_MS = 10_000;

/** The admin routes of `src/serving`, over HTTP. A call that got no answer in 10 s has failed and may be repeated. */
export function createHttpServingAdmin(settings: HttpServingAdminSettings): ServingAdmin {
  const call = (method: string, path: string): Promise<unknown> => request(settings, method, path);
  const pathOf = (pipeline: string): string => `/admin/models/${encodeURIComponent(pipeline)}`;
  return {
    load: async (pipeline, version) => {
      await call('POST', `${pathOf(pipeline)}/versions/${version}/load`);
    },
    checkGolden: async (pipeline, version) =>
      (await call('POST', `${pathOf(pipeline)}/versions/${version}/check`)) as GoldenCheck,
    activate: async (pipeline, version) => {
      await call('POST', `${pathOf(pipeline)}/versions/${version}/activate`);
    },
    deactivate: async (pipeline) => {
      await call('DELETE', `${pathOf(pipeline)}/live`);
    },
    status: async (pipeline) => (await call('GET', pathOf(pipeline))) as ServingStatus,
  };
}

async function request(
  { url, adminToken }: HttpServingAdminSettings,
  method: string,
  path: string,
): Promise<unknown> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(new URL(path, url), {
      method,
      headers: { authorization: `Bearer ${adminToken}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    body = await response.json();
  } catch (error) {
    throw new TransientFailure(
      'ServingUnavailable',
      `No answer from the inference server: ${rootMessage(error)}`,
      { url },
      { cause: error },
    );
  }
  if (response.ok) return body;
  throw failureOf(response.status, body, { url, path });
}

function failureOf(status: number, body: unknown, fields: Readonly<Record<string, string>>): Error {
  const { error = 'no message', code } = (body ?? {}) as { readonly error?: string; readonly code?: string };
  if (status === 401) return new PermanentFailure('InvalidInput', error, fields);
  if (status === 404 && code === 'NotFound') return new PermanentFailure('NotFound', error, fields);
  if (status >= 500) return new TransientFailure('ServingUnavailable', error, { ...fields, status });
  return new PermanentFailure('DeployCheckFailed', error, { ...fields, status });
}

/** `fetch failed` alone says nothing; the cause has the address and the reason. */
function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
