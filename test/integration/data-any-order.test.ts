import fc from 'fast-check';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TransformDependencies } from '../../src/activities/transformation/transform-context';
import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import { publishFile } from '../../src/lake/artifacts';
import type { QuerySession } from '../../src/ports/query-engine';
import { acceptedSql, feeds, keyOf, type Feed, type FeedRow } from './data-feeds';
import { LAKE, openLake } from './data-fixture';

/** MILLRACE_FEED_SEED=… plays the same feeds again. */
const SEED = Number(process.env['MILLRACE_FEED_SEED'] ?? Date.now() % 1_000_000);
/** MILLRACE_FEEDS=… plays fewer or more of them. */
const FEEDS = Number(process.env['MILLRACE_FEEDS'] ?? 200);

describe(`any feed, cut into batches in any order (seed ${SEED})`, () => {
  let accepting: Accepting;
  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-feeds-'));
    const session = await createDuckDbEngine().open({ directory, memoryLimitMegabytes: 128, threads: 1 });
    accepting = { session, directory };
  });
  afterAll(async () => {
    await accepting.session.close();
    await rm(accepting.directory, { recursive: true });
  });

  it(`comes to the bytes of one run over everything, for ${FEEDS} feeds`, async () => {
    const seen = { batches: 0, deleted: 0, replaced: 0 };
    await fc.assert(
      fc.asyncProperty(feeds, async (feed) => {
        const atOnce = await tablesOf(accepting, feed, [feed.rows]);
        // Where there is nothing to merge with, partitions are put in order one by one: for large ones the usual way.
        const inParts = await tablesOf(accepting, feed, feed.batches, { minRowsApart: 1 });
        expect(inParts).toEqual(atOnce);
        seen.batches += feed.batches.length;
        seen.replaced += feed.rows.length - new Set(feed.rows.map((row) => keyOf(feed.plan, row))).size;
        seen.deleted += feed.rows.filter(({ op }) => op === 'D').length;
      }),
      { numRuns: FEEDS, seed: SEED },
    );
    // Feeds that hold nothing of what this is about would prove nothing.
    expect(seen.batches).toBeGreaterThan(FEEDS * 1.5);
    expect(seen.deleted).toBeGreaterThan(FEEDS);
    expect(seen.replaced).toBeGreaterThan(FEEDS);
  }, 1_200_000);
});

interface Accepting {
  readonly session: QuerySession;
  readonly directory: string;
}

/** Accepted rows are written as validation writes them; validation has tests of its own, and would take most of the time. */
async function tablesOf(
  { session, directory }: Accepting,
  { plan }: Feed,
  batches: readonly (readonly FeedRow[])[],
  options: Pick<TransformDependencies, 'minRowsApart'> = {},
): Promise<unknown> {
  const engineOptions = { memoryLimitMegabytes: 128, threads: 1 };
  const lake = await openLake(undefined, { engineOptions, ...options });
  const { digest: planDigest } = await lake.deps.plans.apply(plan);
  try {
    for (const [index, rows] of batches.entries()) {
      const path = join(directory, 'accepted.parquet');
      await session.execute(`COPY (${acceptedSql(rows)}) TO '${path}' (FORMAT parquet)`);
      const accepted = await publishFile(
        lake.store,
        { bucket: LAKE, key: `accepted-${index}.parquet` },
        path,
      );
      const run = { pipeline: plan.pipeline, planDigest, batchDigest: accepted.sha256 };
      await lake.transform({ run, manifest: accepted }, accepted);
    }
    return {
      clean: await lake.tableFiles(plan, 'clean'),
      features: await lake.tableFiles(plan, 'features'),
    };
  } finally {
    await lake.close();
  }
}
