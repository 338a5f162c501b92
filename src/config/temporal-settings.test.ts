import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTemporalSettings } from './temporal-settings';

test('without any variable it is the development server on loopback, without TLS', () => {
  expect(loadTemporalSettings({})).toEqual({
    address: '127.0.0.1:7233',
    namespace: 'default',
    options: {},
    codec: {},
  });
});

test('an API key brings TLS with it', () => {
  const { address, namespace, options } = loadTemporalSettings({
    TEMPORAL_ADDRESS: 'eu-central-1.aws.api.temporal.io:7233',
    TEMPORAL_NAMESPACE: 'flights.a1b2c',
    TEMPORAL_API_KEY: 'secret',
  });
  expect([address, namespace]).toEqual(['eu-central-1.aws.api.temporal.io:7233', 'flights.a1b2c']);
  expect(options).toEqual({ apiKey: 'secret', tls: true });
});

describe('with a configuration file', () => {
  let folder: string;
  let file: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-profile-'));
    file = join(folder, 'temporal.toml');
    writeFileSync(join(folder, 'cert.pem'), 'CERT');
    writeFileSync(join(folder, 'key.pem'), 'KEY');
    writeFileSync(
      file,
      `[profile.prod]\naddress = "prod.test:7233"\nnamespace = "prod"\n[profile.prod.tls]\n` +
        `client_cert_path = "${join(folder, 'cert.pem')}"\nclient_key_path = "${join(folder, 'key.pem')}"\n`,
    );
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('a profile gives address, namespace and client certificate', () => {
    const settings = loadTemporalSettings({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'prod' });
    expect(settings).toMatchObject({
      address: 'prod.test:7233',
      namespace: 'prod',
      options: { tls: { clientCertPair: { crt: Buffer.from('CERT'), key: Buffer.from('KEY') } } },
    });
  });

  test('a variable wins over the file', () => {
    const settings = loadTemporalSettings({
      TEMPORAL_CONFIG_FILE: file,
      TEMPORAL_PROFILE: 'prod',
      TEMPORAL_NAMESPACE: 'staging',
    });
    expect(settings).toMatchObject({ address: 'prod.test:7233', namespace: 'staging' });
  });

  test('a profile that is not there is an error', () => {
    expect(() => loadTemporalSettings({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'none' })).toThrow(
      'none',
    );
  });
});
