import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { CliSession } from '../session';
import { check, type Check } from './checks';

const run = promisify(execFile);

interface VersionCount {
  readonly version: number;
  readonly rows: number;
  readonly distinctKeys: number;
}

/** Python's deltalake and DuckDB read every version of the clean table: none may have lost or doubled a flight. */
export async function independentChecks(
  { settings }: CliSession,
  rowsByVersion: readonly number[],
): Promise<readonly Check[]> {
  const { endpoint, region, credentials } = settings.store;
  const { stdout } = await run(
    settings.trainer.python,
    [
      'examples/read_delta.py',
      `s3://${settings.lakeBucket}/tables/flights/clean`,
      'time_hour,carrier,flight',
    ],
    {
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: credentials?.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey,
        AWS_ALLOW_HTTP: 'true',
      },
    },
  );
  const versions = JSON.parse(stdout) as readonly VersionCount[];
  return rowsByVersion.map((rows, version) =>
    check(
      `deltalake and DuckDB: flights in version ${version}`,
      `${rows} rows, ${rows} distinct`,
      `${versions[version]?.rows ?? 0} rows, ${versions[version]?.distinctKeys ?? 0} distinct`,
    ),
  );
}
