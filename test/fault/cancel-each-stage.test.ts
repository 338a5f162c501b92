// A run is cancelled in the middle of each stage, on the real stack; then its batch is run again.
import { readAlias } from '../../src/lake/registry';
import { connectClient } from '../../src/client/connect';
import { workflowIds } from '../../src/contracts/workflow-names';
import type { RunInfo } from '../../src/client/run-client';
import { STAGES, type Stage } from '../../src/domain/stage';
import { endedAfterCancellation, stageWorkflow, waitForAttempt } from '../support/faults/attempts';
import { booksOf, liveVersion } from '../support/faults/books';
import { startTestStack, type TestStack } from '../support/millrace';
import { fingerprint, landTrips } from '../support/trips';
import { waitForRun } from '../support/wait-for-run';

type Connected = Awaited<ReturnType<typeof connectClient>>;

/** What docs/guarantees.md promises. */
const PROMISE_MS = 5_000;
const pipelineOf = (stage: string): string => `cancel-${stage}`;

/** The activity that is cancelled in each stage, and what makes it slow there. */
const STEPS: Readonly<Record<Stage, { readonly activity: string; readonly slow: string }>> = {
  ingest: { activity: 'ingest', slow: 'open:raw/cancel-ingest/*' },
  validate: { activity: 'validate', slow: 'createIfAbsent:*/cancel-validate/*accepted.parquet' },
  transform: { activity: 'transform', slow: '*:tables/cancel-transform/*.parquet' },
  train: { activity: 'train', slow: 'open:tables/cancel-train/features/*.parquet' },
  evaluate: { activity: 'evaluate', slow: 'open:models/cancel-evaluate/*' },
  register: { activity: 'register', slow: '*:registry/cancel-register/*' },
  deploy: { activity: 'activateModel', slow: '*:registry/cancel-deploy/aliases/*' },
  backup: { activity: 'backup', slow: 'copy:cancel-backup/objects/*' },
};

let stack: TestStack;
let temporal: Connected;
let undisturbed: unknown;

beforeAll(async () => {
  stack = await startTestStack({ faults: STAGES.map((stage) => `slow:${STEPS[stage].slow}`).join(';') });
  temporal = await connectClient(stack.session.settings.temporal);
  await landTrips(stack, 'calm');
  await waitForRun(stack, 'calm', 'completed');
  undisturbed = await published('calm');
}, 240_000);
afterAll(async () => {
  await temporal.close();
  await stack.stop();
});

/** But for the mark that kept the objects of the cancelled run until somebody asked for them. */
async function published(pipeline: string): Promise<unknown> {
  const { backup, ...tablesAndModels } = await fingerprint(stack, pipeline);
  const books = { ...(await booksOf(stack, pipeline)), failed: undefined };
  return {
    ...tablesAndModels,
    snapshots: backup.snapshots,
    damaged: backup.damaged,
    books,
    live: await liveVersion(stack, pipeline),
  };
}

async function workflowOf(pipeline: string, stage: Stage): Promise<string> {
  if (stage === 'deploy') return workflowIds.deploy(pipeline, 1);
  return stageWorkflow(stack, pipeline, stage === 'register' ? 'ingest' : stage);
}

/** What is there before anything of the first run was published is nothing. */
async function standing(pipeline: string): Promise<object> {
  const { store, settings } = stack.session;
  const { commits, ledger } = (await booksOf(stack, pipeline)) as { commits: string[]; ledger: object[] };
  return {
    tables: commits.length > 0,
    processed: ledger.length > 0,
    champion: (await readAlias(store, settings.lakeBucket, pipeline, 'champion'))?.version ?? 0,
    isServed: await liveVersion(stack, pipeline).then(
      () => true,
      () => false,
    ),
  };
}

/** A stage that was cancelled has published nothing; those before it have, all of it. */
function expectedAfter(stage: Stage): object {
  const at = (name: Stage): boolean => STAGES.indexOf(stage) > STAGES.indexOf(name);
  return {
    tables: at('transform'),
    processed: at('transform'),
    champion: at('deploy') ? 1 : 0,
    isServed: at('deploy'),
  };
}

test.each(STAGES)(
  'cancelled in %s: it stops in time, what it began is undone, and the same batch ends as if nothing had been',
  async (stage) => {
    const pipeline = pipelineOf(stage);
    await landTrips(stack, pipeline);
    const workflowId = await workflowOf(pipeline, stage);
    const { activity } = STEPS[stage];
    expect(await waitForAttempt(temporal.client, workflowId, activity)).toMatchObject({ attempt: 1 });
    const run = await newestRun(pipeline);
    await (await stack.session.runs()).cancel(run.workflowId);
    const cancelled = await waitForRun(stack, pipeline, 'cancelled');
    expect(cancelled.summary).toMatchObject({ verdict: 'cancelled' });
    const ms = await endedAfterCancellation(temporal.client, workflowId, activity);
    process.stdout.write(`${activity} ended ${ms ?? -1} ms after its cancellation\n`);
    expect(ms).toBeLessThanOrEqual(PROMISE_MS);
    expect(await standing(pipeline)).toEqual(expectedAfter(stage));

    await stack.millrace(['resume', run.workflowId]);
    await waitForRun(stack, pipeline, 'completed');
    expect(await published(pipeline)).toEqual(undisturbed);
  },
  240_000,
);

async function newestRun(pipeline: string): Promise<RunInfo> {
  const [run] = await (await stack.session.runs()).list(pipeline);
  if (!run) throw new Error(`No run [pipeline=${pipeline}]`);
  return run;
}
