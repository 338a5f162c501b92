import {
  ApplicationFailure,
  CancellationScope,
  executeChild,
  log,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { OpenRunOutput } from '../contracts/activities/control';
import {
  cancelRunSignal,
  runPlanQuery,
  runProgressQuery,
  type PipelineRunInput,
  type RunPlanView,
  type RunSummary,
} from '../contracts/messages';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes';
import { workflowIds } from '../contracts/workflow-names';
import { RUN_STOPPED } from '../domain/failure-codes';
import type {
  EvaluateResult,
  IngestResult,
  NotTrained,
  RunRef,
  TrainResult,
  TransformResult,
  ValidateResult,
} from '../domain/stage';
import { backupPipeline } from './backup-pipeline';
import { deployModel } from './deploy-model';
import { batches, control, data, reporting } from './support/activities';
import { asWorkflowFailure, isCancellation, rootMessage } from './support/failures';
import { publishTables } from './support/publish-tables';
import { ownTurn } from './support/own-turn';
import { tell, type Channels } from './support/tell';
import { RunTracker } from './support/run-tracker';
import { trainModel } from './train-model';

/** Reasons are for people; the whole text of a failure stands in the history. */
const MAX_REASON = 500;

/** One batch through all stages: ingest → validate → transform → train → evaluate → register → deploy → backup. */
export async function pipelineRun(input: PipelineRunInput): Promise<RunSummary> {
  const tracker = new RunTracker(input.pipeline);
  const scope = new CancellationScope();
  const turn = ownTurn(input.inTurn === true ? { pipeline: input.pipeline } : undefined);
  const state: { run?: RunRef; planView?: RunPlanView; asked?: true; notify?: Channels } = {};
  setHandler(runProgressQuery, () => tracker.progress());
  setHandler(runPlanQuery, () => state.planView);
  setHandler(cancelRunSignal, () => {
    state.asked = true;
    scope.cancel();
  });
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.pipeline, value: input.pipeline },
    { key: SEARCH_ATTRIBUTES.trigger, value: input.trigger ?? 'manual' },
  ]);

  try {
    return await scope.run(async () => {
      await turn.begin();
      const opened = await openRun(input, tracker);
      state.planView = { planDigest: opened.planDigest, planUri: opened.planUri };
      if (!opened.batch)
        return tracker.finish('nothing_new', ['Everything that landed is processed already']);
      const run = {
        pipeline: input.pipeline,
        planDigest: opened.planDigest,
        batchDigest: opened.batch.digest,
        workflowId: workflowInfo().workflowId,
        ...(input.freshFrom ? { freshFrom: input.freshFrom } : {}),
      };
      state.run = run;
      state.planView = { ...state.planView, batchDigest: opened.batch.digest };
      state.notify = opened.control.notify ?? [];
      const ended = await runStages(run, { ...opened, batchUri: opened.batch.uri }, input, tracker);
      const summary = await tell(run, state.notify, ended, tracker);
      await record(run, summary);
      await report(input, run, summary, tracker);
      return summary;
    });
  } catch (error) {
    const cancelled = isCancellation(error);
    const ended = tracker.finish(cancelled ? 'cancelled' : 'failed', [
      rootMessage(error).slice(0, MAX_REASON),
    ]);
    await CancellationScope.nonCancellable(() => endQuietly(input, state, ended, tracker));
    // The server shows a run as cancelled only if it asked for that itself; after our signal it has failed by wish.
    if (cancelled && state.asked)
      throw ApplicationFailure.nonRetryable('Stopped by the cancelRun signal', RUN_STOPPED);
    throw asWorkflowFailure(error);
  } finally {
    await turn.end();
  }
}

/** Recording is for the books: its failure must not hide why the run ended. */
async function endQuietly(
  input: PipelineRunInput,
  { run, notify = [] }: { readonly run?: RunRef; readonly notify?: Channels },
  ended: RunSummary,
  tracker: RunTracker,
): Promise<void> {
  if (!run) return;
  const summary = await tell(run, notify, ended, tracker);
  try {
    await record(run, summary);
  } catch (error) {
    log.warn('The end of the run could not be recorded in the lake', { error });
  }
  await report(input, run, summary, tracker);
}

/** For people to read: a run ends as it ends, with or without its report. */
async function report(
  { trigger = 'manual' }: PipelineRunInput,
  run: RunRef,
  summary: RunSummary,
  tracker: RunTracker,
): Promise<void> {
  const { workflowId, runId, startTime } = workflowInfo();
  const { findings } = tracker;
  const times = { startedAt: startTime.toISOString(), endedAt: new Date().toISOString() };
  try {
    const { html } = await reporting.publishReport.executeWithOptions(
      { summary: `Report on the ${summary.verdict} run` },
      [{ run, workflowId, runId, ...times, trigger, summary, findings }],
    );
    tracker.reported(html.uri);
  } catch (error) {
    log.warn('The report of the run could not be published', { error });
  }
}

async function openRun(input: PipelineRunInput, tracker: RunTracker): Promise<OpenRunOutput> {
  const { pipeline, planDigest, batch, objects } = input;
  const opened = await batches.openRun.executeWithOptions({ summary: `Open a run of ${pipeline}` }, [
    {
      pipeline,
      ...(planDigest ? { planDigest } : {}),
      ...(batch ? { batch } : {}),
      ...(objects ? { objects } : {}),
    },
  ]);
  tracker.learn({
    planDigest: opened.planDigest,
    objects: opened.batch?.objects ?? 0,
    ...(opened.batch ? { batchDigest: opened.batch.digest } : {}),
  });
  return opened;
}

async function record(run: RunRef, summary: RunSummary): Promise<void> {
  const { workflowId, runId } = workflowInfo();
  await control.recordRun.executeWithOptions({ summary: `Record the ${summary.verdict} run` }, [
    { run, workflowId, runId, summary },
  ]);
}

/** The table of contents of a run. */
async function runStages(
  run: RunRef,
  opened: OpenRunOutput & { readonly batchUri: string },
  { through }: PipelineRunInput,
  tracker: RunTracker,
): Promise<RunSummary> {
  const ingested = await ingest(run, opened.batchUri, tracker);
  if (ingested.objects === 0) {
    await markProcessed(run, ingested, 'accepted');
    tracker.skip(
      ['validate', 'transform', 'train', 'evaluate', 'register', 'deploy', 'backup'],
      'nothing new',
    );
    return tracker.finish('nothing_new', ['The content of every object is published already']);
  }
  tracker.found({ manifest: ingested.manifest });
  const validated = await validate(run, ingested, tracker);
  if (validated.verdict === 'rejected' || !validated.accepted) {
    await markProcessed(run, ingested, 'rejected', validated);
    tracker.skip(['transform', 'train', 'evaluate', 'register', 'deploy', 'backup'], 'batch rejected');
    return tracker.finish('rejected', validated.reasons);
  }
  const { accepted } = validated;
  const tables = await tracker.stage(
    'transform',
    () => publishTables({ run, accepted }, tracker),
    (result) =>
      `clean v${result.clean.version}, features v${result.features.version}, ${result.clean.rows} rows`,
  );
  tracker.learn({ cleanVersion: tables.clean.version, featuresVersion: tables.features.version });
  tracker.found({ clean: tables.clean, features: tables.features });
  await markProcessed(run, ingested, 'accepted', validated);
  if (through === 'transform') {
    tracker.skip(['train', 'evaluate', 'register', 'deploy', 'backup'], 'only the tables were asked for');
    return tracker.finish('not_trained', [
      'Only the tables were asked for: a backfill trains once, at its end',
    ]);
  }
  const model = await train(run, tables, opened, tracker);
  if ('trainDigest' in model) tracker.found({ trainDigest: model.trainDigest });
  if ('notTrained' in model) {
    tracker.skip(['evaluate', 'register', 'deploy'], 'no model');
    await backup(run, opened, tracker);
    return tracker.finish('not_trained', [model.notTrained]);
  }
  const evaluation = await evaluate(run, model, tracker);
  const deployed = await registerAndDeploy(run, opened, { ingested, tables, model, evaluation }, tracker);
  await backup(run, opened, tracker);
  return tracker.finish(deployed, [evaluation.reason]);
}

async function ingest(run: RunRef, batchUri: string, tracker: RunTracker): Promise<IngestResult> {
  return tracker.stage(
    'ingest',
    () =>
      data.ingest.executeWithOptions({ summary: 'Hash landed objects, write the manifest' }, [
        { run, batchUri },
      ]),
    (result) => `${result.objects} objects, ${result.bytes} bytes, ${result.skipped} skipped`,
  );
}

async function validate(run: RunRef, ingested: IngestResult, tracker: RunTracker): Promise<ValidateResult> {
  const result = await tracker.stage(
    'validate',
    () =>
      data.validate.executeWithOptions({ summary: 'Check every row against the contract' }, [
        { run, manifest: ingested.manifest },
      ]),
    ({ verdict, acceptedRows, quarantinedRows }) =>
      `${verdict}: ${acceptedRows} rows, ${quarantinedRows} quarantined`,
  );
  tracker.learn({ rows: result.rows, quarantinedRows: result.quarantinedRows });
  const { report: quality, profile, quarantine } = result;
  tracker.found({ quality, ...(profile ? { profile } : {}), ...(quarantine ? { quarantine } : {}) });
  return result;
}

async function markProcessed(
  run: RunRef,
  ingested: IngestResult,
  verdict: 'accepted' | 'rejected',
  validated?: ValidateResult,
): Promise<void> {
  const judged = validated && {
    rows: validated.rows,
    quarantinedRows: validated.quarantinedRows,
    ...(validated.quarantine ? { quarantine: validated.quarantine } : {}),
  };
  await batches.recordBatch.executeWithOptions({ summary: `Mark the batch as ${verdict}` }, [
    { run, manifest: ingested.manifest, verdict, ...(judged ? { validated: judged } : {}) },
  ]);
}

async function train(
  run: RunRef,
  tables: TransformResult,
  { control: { maxTrainings } }: OpenRunOutput,
  tracker: RunTracker,
): Promise<TrainResult | NotTrained> {
  return tracker.stage(
    'train',
    () =>
      executeChild(trainModel, {
        workflowId: workflowIds.train(run.pipeline, run.batchDigest),
        args: [
          {
            run,
            featuresVersion: tables.features.version,
            ...(maxTrainings === undefined ? {} : { maxTrainings }),
          },
        ],
        staticSummary: `Train on features v${tables.features.version}`,
      }),
    (result) =>
      'notTrained' in result
        ? result.notTrained
        : `${result.trainRows} rows, ${result.holdoutRows} in the holdout, ${result.device}`,
  );
}

async function evaluate(run: RunRef, model: TrainResult, tracker: RunTracker): Promise<EvaluateResult> {
  const result = await tracker.stage(
    'evaluate',
    () =>
      data.evaluate.executeWithOptions({ summary: 'Champion and challenger on the same holdout' }, [
        { run, model },
      ]),
    ({ reason }) => reason,
  );
  const { metric, challenger, champion } = result;
  tracker.learn({ metric, challenger, ...(champion === undefined ? {} : { champion }) });
  const liveBefore = result.liveVersion ?? result.championVersion;
  tracker.found({ evaluation: result.report, ...(liveBefore === undefined ? {} : { liveBefore }) });
  return result;
}

interface Made {
  readonly ingested: IngestResult;
  readonly tables: TransformResult;
  readonly model: TrainResult;
  readonly evaluation: EvaluateResult;
}

async function registerAndDeploy(
  run: RunRef,
  opened: OpenRunOutput,
  { ingested, tables, model, evaluation }: Made,
  tracker: RunTracker,
): Promise<'promoted' | 'kept' | 'rolled_back'> {
  const { championVersion } = evaluation;
  const expectedChampion = evaluation.liveVersion ?? championVersion;
  if (evaluation.decision === 'keep') {
    tracker.skip(['register', 'deploy'], evaluation.reason);
    if (championVersion !== undefined) tracker.learn({ liveVersion: championVersion });
    return 'kept';
  }
  const registered = await tracker.stage(
    'register',
    () =>
      control.register.executeWithOptions({ summary: 'Register the model with its lineage' }, [
        { run, manifest: ingested.manifest, transform: tables, model, evaluation },
      ]),
    ({ version }) => `version ${version}`,
  );
  const { version } = registered;
  upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.modelVersion, value: `v${version}` }]);
  tracker.learn({ modelVersion: version });
  if (!opened.control.deploy.enabled) {
    tracker.skip(['deploy'], 'switched off in the plan');
    return 'promoted';
  }
  const deployed = await tracker.stage(
    'deploy',
    () =>
      executeChild(deployModel, {
        workflowId: workflowIds.deploy(run.pipeline, version),
        args: [
          {
            pipeline: run.pipeline,
            version,
            goldenTolerance: opened.control.deploy.goldenTolerance,
            ...(expectedChampion === undefined ? {} : { expectedChampion }),
          },
        ],
        staticSummary: `Deploy ${run.pipeline} v${version}`,
      }),
    (result) => (result.outcome === 'live' ? `v${version} is live` : `rolled back: ${result.reason ?? ''}`),
  );
  const live = deployed.outcome === 'live' ? version : deployed.previousVersion;
  if (live !== undefined) tracker.learn({ liveVersion: live });
  return deployed.outcome === 'live' ? 'promoted' : 'rolled_back';
}

async function backup(run: RunRef, opened: OpenRunOutput, tracker: RunTracker): Promise<void> {
  if (!opened.control.backup.enabled) {
    tracker.skip(['backup'], 'switched off in the plan');
    return;
  }
  const requestedBy = run.batchDigest.slice(0, 16);
  const result = await tracker.stage(
    'backup',
    () =>
      executeChild(backupPipeline, {
        workflowId: workflowIds.backup(run.pipeline, requestedBy),
        args: [{ pipeline: run.pipeline, requestedBy }],
        staticSummary: `Back up ${run.pipeline}`,
      }),
    ({ snapshot, copiedObjects, verifiedObjects }) =>
      `${snapshot}: ${copiedObjects} copied, ${verifiedObjects} verified`,
  );
  tracker.learn({ snapshot: result.snapshot });
}
