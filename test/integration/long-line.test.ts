import { createWriteStream } from 'node:fs';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { createSourceReader } from '../../src/activities/validation/create-source-reader';
import type { PipelinePlan } from '../../src/domain/plan';
import { TRIPS_PLAN } from './data-trips';

const MEBIBYTE = Buffer.alloc(1024 * 1024, 'a');
const MEBIBYTES = 2100;
/** The line itself is more than four times as large. */
const MAX_GROWTH_BYTES = 500e6;

describe('a line of 2 GB in a small packed file', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-long-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it.each([
    ['csv', 'id,name\n1,a\n2,', '\n3,c\n', 3, '2,1,a\n4,3,c\n'],
    ['ndjson', '{"id":1}\n{"id":"', '"}\n{"id":3}\n', 2, '1\u001f{"id":1}\n3\u001f{"id":3}\n'],
  ] as const)(
    '%s: is one fault, its neighbours are kept, memory stays bounded',
    async (...scene) => {
      const [format, before, after, line, sound] = scene;
      const path = join(directory, 'object-0');
      const content = function* () {
        yield Buffer.from(before);
        for (let count = 0; count < MEBIBYTES; count += 1) yield MEBIBYTE;
        yield Buffer.from(after);
      };
      await pipeline(Readable.from(content()), createGzip({ level: 1 }), createWriteStream(path));
      expect((await stat(path)).size).toBeLessThan(20e6);

      const plan: PipelinePlan = {
        ...TRIPS_PLAN,
        source: { ...TRIPS_PLAN.source, format },
        columns: [
          { name: 'id', type: 'string' },
          { name: 'name', type: 'string' },
        ],
      };
      const faults = await open(join(directory, 'faults'), 'w');
      const session = { rows: () => Promise.reject(new Error('Text needs no engine')) };
      const reader = createSourceReader({ plan, session, faults, signal: new AbortController().signal });
      const memory = watchMemory();
      const staged = await reader.stage(await reader.check({ object: 0, key: 'long.gz', path }));
      await faults.close();

      expect(memory.stop()).toBeLessThan(MAX_GROWTH_BYTES);
      expect(await readFile(staged.path, 'utf8')).toBe(sound);
      const [fault, ...others] = (await readFile(join(directory, 'faults'), 'utf8')).trim().split('\n');
      expect(JSON.parse(fault!)).toMatchObject({
        line,
        message: expect.stringMatching(/^longer than 1 MiB/) as unknown,
      });
      expect(others).toEqual([]);
    },
    300_000,
  );
});

/** Says by how much the process grew. */
function watchMemory(): { readonly stop: () => number } {
  const start = process.memoryUsage().rss;
  let peak = start;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 20);
  return {
    stop: () => {
      clearInterval(timer);
      return peak - start;
    },
  };
}
