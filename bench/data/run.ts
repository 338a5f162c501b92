import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { REPOSITORY } from '../../test/support/millrace';
import type { Benchmark } from '../lib/benchmark';
import { checksOf, type DataSamples } from './checks';
import { MEMORY_LIMIT_MEGABYTES } from './landing';
import { measureMonths } from './measure-months';
import { measureSize } from './measure-size';
import { startMillrace } from './millrace';
import { requirePython } from './python';
import { readSettings, SIZES } from './settings';

/** How fast the data stages are, and what they need, beside what people would write by hand. See README.md. */
export const data: Benchmark = async ({ quick, args, say }) => {
  const settings = readSettings(args, quick);
  const python = await requirePython(say);
  const directory = await mkdtemp(path.join(tmpdir(), 'millrace-bench-'));
  // A size that is not measured now keeps what was measured before.
  let samples: DataSamples = quick ? { sizes: {} } : earlierSamples();
  const millrace = await startMillrace();
  try {
    for (const size of settings.sizes) {
      const { repeats = SIZES[size].repeats, peers = SIZES[size].peers } = settings;
      const measured = await measureSize({ size, repeats, peers, python, directory, millrace, say });
      samples = { ...samples, sizes: { ...samples.sizes, [size]: measured } };
    }
    if (settings.months) {
      const repeats = settings.repeats ?? SIZES.M.repeats;
      samples = { ...samples, months: await measureMonths(python, directory, millrace, repeats, say) };
    }
  } finally {
    await millrace.stop();
    await rm(directory, { recursive: true, force: true });
  }
  return {
    settings: { ...settings, memoryLimitMegabytes: MEMORY_LIMIT_MEGABYTES, threads: 2 },
    samples,
    checks: checksOf(samples),
  };
};

function earlierSamples(): DataSamples {
  const file = path.join(REPOSITORY, 'bench', 'data', 'results', 'latest.json');
  if (!existsSync(file)) return { sizes: {} };
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly samples: DataSamples }).samples;
}
