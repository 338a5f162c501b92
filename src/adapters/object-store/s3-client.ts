import { S3Client } from '@aws-sdk/client-s3';

export interface S3Options {
  /** Absent = Amazon S3. */
  readonly endpoint?: string;
  readonly region: string;
  /** Absent = the AWS SDK's default provider chain. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** No byte in either direction for this long ends a call. @default 30000 */
  readonly idleTimeoutMs?: number;
}

const CONNECTION_TIMEOUT_MS = 5_000;
/** A large body that keeps moving may take as long as it needs. */
const IDLE_TIMEOUT_MS = 30_000;
/** Within one call; the activity's own retries come on top. */
const MAX_ATTEMPTS = 3;

const ignore = (): void => undefined;
/** Every fault reaches the caller as an error; without this the SDK also writes some to the console. */
const SILENT = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

/** An S3 client for Amazon S3 or, with `endpoint`, for any compatible store (path-style addresses). */
export function createS3Client(options: S3Options): S3Client {
  return new S3Client({
    region: options.region,
    ...(options.endpoint ? { endpoint: options.endpoint, forcePathStyle: true } : {}),
    ...(options.credentials ? { credentials: options.credentials } : {}),
    maxAttempts: MAX_ATTEMPTS,
    logger: SILENT,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      socketTimeout: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    },
    // We send our own SHA-256 with every put; the SDK's default CRC-32 would only cost time.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}
