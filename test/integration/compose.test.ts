// The compose file cannot be run where there is no Docker; what can be wrong in its text is checked here.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { VERSIONS } from '../../src/dev/versions';

const ROOT = path.join(__dirname, '../..');

interface Service {
  readonly image?: string;
  readonly build?: unknown;
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, unknown>>;
}

const { services } = parse(readFileSync(path.join(ROOT, 'docker-compose.yml'), 'utf8'), {
  merge: true,
}) as { readonly services: Readonly<Record<string, Service>> };
const entries = Object.entries(services);

test('every image has a tag of its own, and none is called latest', () => {
  const images = entries.flatMap(([, { image }]) => (image === undefined ? [] : [image]));
  expect(images.length).toBeGreaterThan(3);
  for (const image of images) expect(image).toMatch(/:v?\d[\w.-]*$|^millrace:local$/);
});

test('every published port is bound to loopback', () => {
  const ports = entries.flatMap(([, { ports: published }]) => published ?? []);
  expect(ports.length).toBeGreaterThan(2);
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
});

test('every dependency names a service', () => {
  const needed = entries.flatMap(([, { depends_on: needs }]) => Object.keys(needs ?? {}));
  expect(needed.length).toBeGreaterThan(3);
  for (const name of needed) expect(Object.keys(services)).toContain(name);
});

test('the object store is the version that the local stack runs', () => {
  expect(services['object-store']?.image).toBe(`versity/versitygw:v${VERSIONS.versitygw}`);
});

test('the base images of the Dockerfile are pinned', () => {
  const dockerfile = readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8');
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image ?? '');
  expect(bases.length).toBeGreaterThan(1);
  const stages = [...dockerfile.matchAll(/ AS (\S+)$/gm)].map(([, stage]) => stage);
  for (const base of bases) if (!stages.includes(base)) expect(base).toMatch(/:\d+\.\d+/);
});
