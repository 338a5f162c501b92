import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { RunInfo } from '../../src/client/run-client';
import { WORKFLOWS } from '../../src/contracts/workflow-names';
import { lakeLayout } from '../../src/domain/lake-layout';
import type { TestStack } from '../support/millrace';
import { readBooks } from '../support/storm/books';
import { createStormPipelines } from '../support/storm/feed';
import { storm, type StormFile } from '../support/storm/uploads';

const ROWS = 5;
const BATCH = { maxObjects: 10, maxBytes: 1e9, quietSeconds: 1 };
const LOOK_AGAIN_MS = 2_000;
const STALLED_AFTER_MS = 600_000;

/** One upload for each of many pipelines, all at once. @throws AssertionError for anything lost or done twice. */
export async function burst(
  stack: TestStack,
  client: Client,
  pipelines: number,
  random: () => number,
  say: (text: string) => void,
): Promise<void> {
  const names = Array.from({ length: pipelines }, (_, index) => `burst-${index}`);
  await createStormPipelines(stack, names, BATCH);
  const files = names.map((name, index): StormFile => ({ index, rows: ROWS, key: `raw/${name}/file.csv` }));
  const beganAtMs = Date.now();
  const { uploadSeconds } = await storm(stack, files, random);
  say(`burst: an upload for each of ${pipelines} pipelines in ${uploadSeconds.toFixed(1)} s`);
  for (const name of names) await untilRecorded(stack, name);
  const runs = await untilAllEnded(stack, names.length);
  const seconds = (Date.now() - beganAtMs) / 1000;
  for (const name of names) {
    const own = runs.filter(({ pipeline }) => pipeline === name);
    const books = await readBooks(stack, name, own);
    strictEqual(own.length, 1, `${name} had ${own.length} runs`);
    strictEqual(books.landed.length, 1);
    deepStrictEqual(books.recorded, books.landed, `${name}: the version has one record`);
    deepStrictEqual(books.batched, books.landed, `${name}: the version was in one batch`);
  }
  const lastStartMs = Math.max(...(await intakeStarts(client, new Set(names))));
  say(
    `burst: all intakes started ${((lastStartMs - beganAtMs) / 1000).toFixed(1)} s after the first upload (the receiver was away twice); all runs ended after ${seconds.toFixed(0)} s, one for each`,
  );
}

async function untilRecorded(stack: TestStack, pipeline: string): Promise<void> {
  const giveUpMs = Date.now() + STALLED_AFTER_MS;
  for (;;) {
    for await (const entry of stack.session.store.list('lake', lakeLayout.ledgerPrefix(pipeline)))
      if (entry.key !== '') return;
    if (Date.now() > giveUpMs) throw new Error(`Nothing was recorded for ${pipeline}: it was lost, or stuck`);
    await sleep(LOOK_AGAIN_MS);
  }
}

/** The list of runs lags behind a little. */
async function untilAllEnded(stack: TestStack, expected: number): Promise<readonly RunInfo[]> {
  const giveUpMs = Date.now() + STALLED_AFTER_MS;
  for (;;) {
    const all = await (await stack.session.runs()).list();
    const runs = all.filter(({ pipeline }) => pipeline.startsWith('burst-'));
    if (runs.length >= expected && runs.every(({ status }) => status !== 'running')) return runs;
    if (Date.now() > giveUpMs) throw new Error(`Only ${runs.length} of ${expected} runs ended`);
    await sleep(LOOK_AGAIN_MS);
  }
}

async function intakeStarts(client: Client, names: ReadonlySet<string>): Promise<readonly number[]> {
  const starts: number[] = [];
  const query = `WorkflowType = '${WORKFLOWS.datasetIntake}'`;
  for await (const { workflowId, startTime } of client.workflow.list({ query }))
    if (names.has(workflowId.slice('intake/'.length))) starts.push(startTime.getTime());
  return starts;
}
