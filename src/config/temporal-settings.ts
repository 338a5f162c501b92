import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';

type Variables = Readonly<Record<string, string | undefined>>;
type ConnectionOptions = ClientConnectConfig['connectionOptions'];

/** How to reach Temporal: the same for clients and workers. Keys and certificates stay in memory only. */
export interface TemporalSettings {
  readonly address: string;
  readonly namespace: string;
  /** TLS, API key and gRPC headers, as the SDK takes them; absent keys are not set. */
  readonly options: Pick<ConnectionOptions, 'tls' | 'apiKey' | 'metadata'>;
  readonly codec: CodecSettings;
}

/** Where the keys of the payload codec come from: one of these, or none for no encryption. */
export interface CodecSettings {
  /** `ID:BASE64,…` */
  readonly keys?: string;
  /** File with the same entries, one a line. */
  readonly keysFile?: string;
  /** `ID:BASE64,…` where BASE64 is the key encrypted by AWS KMS (`CiphertextBlob` of `generate-data-key`). */
  readonly kmsKeys?: string;
}

const LOCAL = { address: '127.0.0.1:7233', namespace: 'default' };

/** Variables that name a Temporal service; without one of them a local stack is meant. */
export const TEMPORAL_SERVICE_VARIABLES = [
  'TEMPORAL_ADDRESS',
  'TEMPORAL_PROFILE',
  'TEMPORAL_CONFIG_FILE',
] as const;

/**
 * Reads Temporal's standard environment configuration (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`,
 * `TEMPORAL_TLS…`, `TEMPORAL_PROFILE`, `TEMPORAL_CONFIG_FILE`), so that what works for the Temporal CLI works here.
 * A configuration file is read only when a profile or a file is named: a file that happens to lie in the home folder
 * must not turn a local run into one against production.
 *
 * Source: Temporal documentation, "Environment configuration".
 * @throws Error when the file, the profile or a certificate cannot be read.
 */
export function loadTemporalSettings(variables: Variables): TemporalSettings {
  const given = Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
  const namesFile = Boolean(given['TEMPORAL_PROFILE'] ?? given['TEMPORAL_CONFIG_FILE']);
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: given,
    disableFile: !namesFile,
    configFileStrict: true,
  });
  const { address, tls, apiKey, metadata } = connectionOptions;
  return {
    address: address ?? LOCAL.address,
    namespace: namespace ?? LOCAL.namespace,
    options: {
      ...(tls === undefined ? {} : { tls }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(metadata === undefined || Object.keys(metadata).length === 0 ? {} : { metadata }),
    },
    codec: codecSettings(given),
  };
}

function codecSettings(given: Variables): CodecSettings {
  const keys = given['MILLRACE_CODEC_KEYS'];
  const keysFile = given['MILLRACE_CODEC_KEYS_FILE'];
  const kmsKeys = given['MILLRACE_CODEC_KMS_KEYS'];
  return { ...(keys ? { keys } : {}), ...(keysFile ? { keysFile } : {}), ...(kmsKeys ? { kmsKeys } : {}) };
}
