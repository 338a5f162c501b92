// Child process: plays a run step by step, each of them also on disks that are full after so many bytes. Prints how those
// attempts ended, and whether the next one, with room, left the lake as if nothing had been.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createMemoryObjectStore } from '../../src/adapters/object-store/memory';
import type { ObjectStore } from '../../src/ports/object-store';
import { FLIGHT_STEPS, landFlights } from './flight-steps';

/** Some stop a download, some the engine's files (about 1,600: accepted rows fit, tables made of them do not), some what is made of them. */
const LIMITS_BYTES = [0, 1_024, 1_550, 1_650, 4_096, 8_192];

/** How one attempt on a full disk ended, and what the next one left. */
interface FullDisk {
  readonly step: string;
  readonly limitBytes: number;
  /** `done`, or name and code of the failure. */
  readonly ended: string;
  readonly sameAfterRetry: boolean;
}

/** No file of this process may grow beyond so many bytes; the hard limit stays, so that it can be lifted again. */
function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]);
}

async function contentOf(store: ObjectStore): Promise<readonly string[]> {
  const content: string[] = [];
  for (const bucket of ['lake', 'backup']) {
    for await (const { key, etag } of store.list(bucket, ''))
      if (!key.includes('/claims/')) content.push(`${bucket}/${key} ${etag}`);
  }
  return content;
}

async function endOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    const { name, code } = error as Error & { readonly code?: string };
    return `${name} ${code ?? ''}`;
  }
}

async function main(): Promise<void> {
  // By default the signal that says "file too large" ends the process.
  process.on('SIGXFSZ', () => undefined);
  const store = createMemoryObjectStore({ nowMs: () => Date.UTC(2020, 0, 1) });
  const scratch = await mkdtemp(path.join(tmpdir(), 'millrace-full-disk-'));
  const outcomes: FullDisk[] = [];
  let state = await landFlights(store);
  for (const step of FLIGHT_STEPS) {
    const before = store.fork();
    const given = state;
    state = { ...state, ...(await step.run({ store, scratch, state })) };
    for (const limitBytes of LIMITS_BYTES) {
      const full = before.fork();
      limitFiles(limitBytes);
      const ended = await endOf(step.run({ store: full, scratch, state: given }));
      limitFiles('unlimited');
      await step.run({ store: full, scratch, state: given });
      const sameAfterRetry = isDeepStrictEqual(await contentOf(full), await contentOf(store));
      outcomes.push({ step: step.name, limitBytes, ended, sameAfterRetry });
    }
  }
  await rm(scratch, { recursive: true });
  process.stdout.write(JSON.stringify(outcomes));
}

void main();
