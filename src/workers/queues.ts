import { Context } from '@temporalio/activity';
import type { BackfillActivities } from '../contracts/activities/backfill';
import type { ControlActivities } from '../contracts/activities/control';
import type { IntakeActivities, LandingActivities } from '../contracts/activities/intake';
import type { MaintenanceActivities } from '../contracts/activities/maintenance';
import type {
  DataActivities,
  DeployActivities,
  RegisterActivities,
  TrainActivities,
} from '../contracts/activities/stages';
import type { TurnActivities } from '../contracts/activities/turns';
import { TASK_QUEUES, type TaskQueueName } from '../contracts/task-queues';
import { createBackfillActivities } from '../activities/backfill/activities';
import { createBackupActivity } from '../activities/backup';
import { createControlActivities } from '../activities/control';
import { createDeployActivities } from '../activities/deploy';
import { createEvaluateActivity } from '../activities/evaluate';
import { createIntakeActivities } from '../activities/intake/activities';
import { createIngestActivity } from '../activities/ingest';
import { createNotifyActivity } from '../activities/notify';
import { createReportActivity } from '../activities/publish-report';
import { createRegisterActivities } from '../activities/register';
import { createCompactActivity } from '../activities/tables/compact-table';
import { createVacuumActivity } from '../activities/tables/vacuum-table';
import { createTrainActivities } from '../activities/train';
import { createSharedFiles } from '../activities/shared-files';
import { createTransformActivity } from '../activities/transform';
import { createPartitionsActivity, type PartitionsDependencies } from '../activities/transform-partitions';
import { createValidateActivity } from '../activities/validate';
import { createOnnxScorer } from '../adapters/model-scorer/onnx';
import { createNotifier } from '../adapters/notifier/by-kind';
import { createHttpServingAdmin } from '../adapters/serving-admin/http';
import { createLocalTrainer } from '../adapters/training-backend/local-process';
import type { Settings } from '../config/settings';
import { createLedger, type Ledger } from '../lake/ledger';
import type { ObjectStore } from '../ports/object-store';
import type { Orchestrator } from '../ports/orchestrator';
import { cancellable, cancellableStore } from './cancellation';
import { createStageDependencies, createStore, currentSignal } from './dependencies';

type Queue =
  | {
      readonly activities: ControlActivities &
        IntakeActivities &
        LandingActivities &
        BackfillActivities &
        RegisterActivities &
        TurnActivities;
      readonly workflows: true;
    }
  | {
      readonly activities: (DataActivities & MaintenanceActivities) | TrainActivities | DeployActivities;
      readonly workflows: false;
    };

/** What a worker of each queue does, and with what: the composition of all activities. */
export function composeQueue(queue: TaskQueueName, settings: Settings, orchestrator: Orchestrator): Queue {
  const store = cancellableStore(createStore(settings), currentSignal);
  const stage = createStageDependencies(settings, store);
  const { lakeBucket, backupBucket } = settings;
  const ledger = createLedger(store, lakeBucket);

  switch (queue) {
    case TASK_QUEUES.control:
      return {
        activities: controlActivities(settings, cancellable(orchestrator, currentSignal), {
          store,
          stage,
          ledger,
        }),
        workflows: true,
      };
    case TASK_QUEUES.data:
      return {
        activities: {
          ingest: createIngestActivity({ ...stage, ledger }),
          validate: createValidateActivity(stage),
          transform: createTransformActivity({ ...stage, split: settings.transform }),
          transformPartitions: createPartitionsActivity({ ...stage, ...partitionsOf(settings) }),
          evaluate: createEvaluateActivity({ ...stage, scorer: createOnnxScorer() }),
          publishReport: createReportActivity(stage),
          backup: createBackupActivity({ ...stage, backupBucket }),
          vacuumTable: createVacuumActivity({ ...stage, backupBucket }),
          compactTable: createCompactActivity(stage),
        },
        workflows: false,
      };
    case TASK_QUEUES.train:
      return {
        activities: createTrainActivities({ ...stage, backend: createLocalTrainer(settings.trainer) }),
        workflows: false,
      };
    case TASK_QUEUES.serve:
      return {
        activities: createDeployActivities({
          store,
          lakeBucket,
          serving: cancellable(createHttpServingAdmin(settings.serving), currentSignal),
        }),
        workflows: false,
      };
  }
}

/** Groups of one batch come in as many at a time as there are slots: together they take what one activity may. */
function partitionsOf({
  engine,
  slots,
  scratchDirectory,
}: Settings): Pick<PartitionsDependencies, 'engineOptions' | 'lastHeartbeat' | 'shared'> {
  return {
    engineOptions: {
      memoryLimitMegabytes: Math.ceil(engine.memoryLimitMegabytes / slots.data),
      threads: Math.max(1, Math.floor(engine.threads / slots.data)),
    },
    shared: createSharedFiles(scratchDirectory),
    lastHeartbeat: () => Context.current().info.heartbeatDetails as unknown,
  };
}

interface ControlParts {
  readonly store: ObjectStore;
  readonly stage: ReturnType<typeof createStageDependencies>;
  readonly ledger: Ledger;
}

function controlActivities(
  settings: Settings,
  orchestrator: Orchestrator,
  { store, stage, ledger }: ControlParts,
): Extract<Queue, { workflows: true }>['activities'] {
  const { lakeBucket } = settings;
  return {
    ...createControlActivities({
      store,
      lakeBucket,
      plans: stage.plans,
      ledger,
      ...limitsOf(settings),
    }),
    ...createIntakeActivities({ store, lakeBucket, plans: stage.plans, ledger, orchestrator }),
    ...createBackfillActivities({ ...stage, ledger }),
    askTurn: ({ of, asker }) => orchestrator.askTurn(of, asker),
    notify: createNotifyActivity({
      ...stage,
      notifier: cancellable(createNotifier(process.env), currentSignal),
    }),
    ...createRegisterActivities({ store, lakeBucket }),
  };
}

function limitsOf({ maxTrainings }: Settings): { readonly maxTrainings?: number } {
  return maxTrainings === undefined ? {} : { maxTrainings };
}
