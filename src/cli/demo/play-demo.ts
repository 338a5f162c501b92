import { stackPaths } from '../../dev/stack-paths';
import { readSnapshot } from '../../dev/stack-snapshot';
import { verifySnapshot, listSnapshots } from '../../lake/backups';
import { requireTableVersion } from '../../lake/table-files';
import { createServingAdmin } from '../../workers/serving-client';
import { EXIT_CODES } from '../exit-codes';
import { CommandError } from '../command';
import type { Output } from '../output';
import type { CliSession } from '../session';
import { check, stepChecks, type Check } from './checks';
import type { FlightData } from './flight-data';
import { independentChecks } from './independent-readers';
import { saveReport } from '../commands/report';
import { playStep, type PlayedStep } from './play-step';
import { demoScript } from './script';

const PIPELINE = 'flights';

export interface DemoResult {
  readonly steps: readonly unknown[];
  readonly checks: readonly Check[];
  readonly prediction: unknown;
  readonly backup: unknown;
}

const HEADINGS = 'month     rows  quarantined  table  challenger  champion  verdict      live    s';

/** Plays all steps, prints the table as it grows, then asks the endpoint and verifies the backup. */
export async function playDemo(
  session: CliSession,
  data: FlightData,
  stack: { readonly temporal: { readonly ui: string }; readonly serving: { readonly url: string } },
  output: Output,
): Promise<DemoResult> {
  output.info(`\n${HEADINGS}`);
  const played: PlayedStep[] = [];
  for (const step of demoScript(data)) {
    const done = await playStep(session, step, {
      onStage: (stage) => {
        showStage(step.month, stage);
      },
      killDataWorker: () => {
        killProcess(session.stateDirectory, 'data-worker');
      },
    });
    played.push(done);
    clearStage();
    output.info(describeStep(done));
  }
  const prediction = await predict(session);
  output.info(`\nPrediction of the live endpoint: ${JSON.stringify(prediction)}`);
  const backup = await verifyNewestBackup(session);
  output.info(
    `Backup ${backup.snapshot}: ${backup.verified} of ${backup.objects} objects read back and verified`,
  );
  output.info(`Web UI   ${stack.temporal.ui}\nServing  ${stack.serving.url}`);
  const last = played.at(-1);
  // A copy, which is still there when the stack is not.
  if (last) output.info(`Report   ${(await saveReport(session, last.run)).file}\n`);
  const checks = [
    ...stepChecks(played),
    ...(await finalChecks(session, data)),
    ...(await independentChecks(session, rowsByVersion(played))),
    check('backup damage', 0, backup.damaged.length),
  ];
  return { steps: played.map(summarize), checks, prediction, backup };
}

/** Flights that the table must hold after each accepted month: what came, less what was quarantined. */
function rowsByVersion(played: readonly PlayedStep[]): readonly number[] {
  let rows = 0;
  return played
    .filter(({ step }) => step.expected.verdict === 'accepted')
    .map(({ step }) => (rows += step.expected.rows - step.expected.quarantinedRows));
}

function describeStep({ step, run, seconds }: PlayedStep): string {
  const { summary } = run;
  const cells = [
    `2013-${step.month}`,
    String(summary?.rows ?? 0).padStart(6),
    String(summary?.quarantinedRows ?? 0).padStart(11),
    (summary?.cleanVersion === undefined ? '' : `v${summary.cleanVersion}`).padStart(5),
    (summary?.challenger?.toFixed(4) ?? '').padStart(10),
    (summary?.champion?.toFixed(4) ?? '').padStart(8),
    (summary?.verdict ?? run.status).padEnd(11),
    (summary?.liveVersion === undefined ? '' : `v${summary.liveVersion}`).padStart(4),
    seconds.toFixed(1).padStart(5),
  ];
  return `${cells.join('  ')}  ${step.remark}`.trimEnd();
}

function summarize({ step, run, seconds }: PlayedStep): unknown {
  return { month: step.month, remark: step.remark, seconds, ...run.summary };
}

function showStage(month: string, stage: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r2013-${month}  ${stage.padEnd(20)}`);
}

function clearStage(): void {
  if (process.stderr.isTTY) process.stderr.write('\r'.padEnd(40) + '\r');
}

/** The supervisor's own record says which process it is; it will restart it. */
function killProcess(stateDirectory: string, name: string): void {
  const { processes } = readSnapshot(stackPaths(stateDirectory).snapshot) ?? { processes: [] };
  const pid = processes.find((process) => process.name === name)?.identity?.pid;
  if (pid === undefined) throw new CommandError(EXIT_CODES.failed, `The stack has no process named ${name}`);
  process.kill(pid, 'SIGKILL');
}

const EXAMPLE_FLIGHT = {
  year: 2013,
  month: 12,
  day: 23,
  hour: 17,
  minute: 30,
  sched_dep_time: 1730,
  sched_arr_time: 2045,
  carrier: 'UA',
  flight: 1545,
  tailnum: 'N14228',
  origin: 'EWR',
  dest: 'IAH',
  distance: 1400,
  time_hour: '2013-12-23T22:00:00Z',
} as const;

async function predict(session: CliSession): Promise<unknown> {
  const response = await fetch(`${session.settings.serving.url}/predict/${PIPELINE}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ instances: [EXAMPLE_FLIGHT] }),
  });
  if (!response.ok)
    throw new CommandError(EXIT_CODES.failed, `The endpoint refused the request: ${await response.text()}`);
  return response.json();
}

async function verifyNewestBackup(session: CliSession): ReturnType<typeof verifySnapshot> {
  const { store, settings } = session;
  const newest = (await listSnapshots(store, settings.backupBucket, PIPELINE)).at(-1);
  if (!newest) throw new CommandError(EXIT_CODES.failed, 'No backup was made');
  return verifySnapshot(store, settings.backupBucket, PIPELINE, newest.snapshot);
}

async function finalChecks(session: CliSession, data: FlightData): Promise<readonly Check[]> {
  const { store, settings } = session;
  const clean = await requireTableVersion(store, settings.lakeBucket, PIPELINE, 'clean');
  const features = await requireTableVersion(store, settings.lakeBucket, PIPELINE, 'features');
  const serving = createServingAdmin(settings);
  const { liveVersion } = await serving.status(PIPELINE);
  const golden = await serving.checkGolden(PIPELINE, liveVersion ?? 0);
  return [
    check('rows in the clean table', data.totalRows, clean.rows),
    check('rows in the feature table', data.totalRows, features.rows),
    check('versions of the clean table', 12, clean.version + 1),
    check('golden rows answered', 64, golden.rows),
    check(
      'golden predictions within 1e-5',
      'yes',
      golden.maxDifference <= 1e-5 ? 'yes' : String(golden.maxDifference),
    ),
  ];
}
