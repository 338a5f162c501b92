// Replays every recorded history of every version. Never re-record to get green: see README.md beside this file.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { requireTool } from '../../src/dev/toolchain';
import { version } from '../../package.json';
import { startWorkflowHarness } from '../support/workflow-harness';
import { SCENARIOS } from './scenarios';

const FOLDER = path.join(__dirname, 'histories');
/** `0.1.0--pipeline-run-kept.json` */
const recordings = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
const logger = new DefaultLogger('ERROR');

/** Without the recording machine's paths and host names: they say nothing about the workflow. */
async function showHistory(address: string, workflowId: string): Promise<string> {
  const { file } = await requireTool('temporal', process.env);
  const args = ['workflow', 'show', '--workflow-id', workflowId, '--address', address, '--output', 'json'];
  const { stdout } = await promisify(execFile)(file, args, { maxBuffer: 16 * 1024 * 1024 });
  return stdout
    .replaceAll(/\/[^\s"()]*\/(?=node_modules\/)/g, '')
    .replaceAll(`${process.cwd()}/`, '')
    .replaceAll(/\d+@[\w.-]+/g, 'worker');
}

async function record(names: readonly string[]): Promise<void> {
  for (const scenario of SCENARIOS.filter(({ name }) => names.includes(name))) {
    const harness = await startWorkflowHarness();
    const workflowId = await harness.withWorkers(scenario.activities, () => scenario.play(harness));
    const file = path.join(FOLDER, `${version}--${scenario.name}.json`);
    // `wx`: a recording is evidence and is never overwritten.
    writeFileSync(file, await showHistory(harness.address, workflowId), { flag: 'wx' });
    await harness.stop();
  }
}

if (process.env['MILLRACE_RECORD_HISTORIES'] === '1') {
  test('record what this version has not recorded yet', async () => {
    const missing = SCENARIOS.map(({ name }) => name).filter(
      (name) => !recordings.includes(`${version}--${name}.json`),
    );
    await record(missing);
  }, 300_000);
} else {
  let workflowBundle: WorkflowBundleWithSourceMap;
  beforeAll(async () => {
    Runtime.install({ logger });
    workflowBundle = await bundleWorkflowCode({
      workflowsPath: require.resolve('../../src/workflows'),
      logger,
    });
  });

  test('every scenario has a recording and every recording a scenario', () => {
    const recorded = new Set(recordings.map((name) => name.replace(/^.*--/, '').replace(/\.json$/, '')));
    expect([...recorded].sort()).toEqual(SCENARIOS.map(({ name }) => name).sort());
  });

  test.each(recordings)('%s replays', async (name) => {
    const history: unknown = JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8'));
    await Worker.runReplayHistory({ workflowBundle }, history);
  });

  test('a workflow that does something else than its history is caught', async () => {
    const name = recordings.find((recording) => recording.includes('promoted')) ?? '';
    const text = readFileSync(path.join(FOLDER, name), 'utf8');
    const tampered: unknown = JSON.parse(text.replaceAll('"validate"', '"inspect"'));
    await expect(Worker.runReplayHistory({ workflowBundle }, tampered)).rejects.toThrow(/[Nn]ondeterminism/);
  });
}
