// Sandbox side of the activities: interfaces and profiles only, never the implementations.
import { proxyActivities } from '@temporalio/workflow';
import { AFTERWARDS, DATA_WORK, LIGHT_IO, NOTIFICATION, TRAINING } from '../../contracts/activity-profiles';
import type { BackfillActivities } from '../../contracts/activities/backfill';
import type { BatchActivities, ControlActivities } from '../../contracts/activities/control';
import type { IntakeActivities, LandingActivities } from '../../contracts/activities/intake';
import type { MaintenanceActivities } from '../../contracts/activities/maintenance';
import type {
  DataActivities,
  DeployActivities,
  RegisterActivities,
  TrainActivities,
} from '../../contracts/activities/stages';
import type { TurnActivities } from '../../contracts/activities/turns';
import { TASK_QUEUES } from '../../contracts/task-queues';

export const control = proxyActivities<
  Omit<ControlActivities, keyof BatchActivities | 'notify'> & RegisterActivities
>({
  ...LIGHT_IO,
  taskQueue: TASK_QUEUES.control,
});

export const batches = proxyActivities<BatchActivities>({ ...DATA_WORK, taskQueue: TASK_QUEUES.control });

export const intake = proxyActivities<IntakeActivities>({ ...LIGHT_IO, taskQueue: TASK_QUEUES.control });

export const turns = proxyActivities<TurnActivities>({ ...LIGHT_IO, taskQueue: TASK_QUEUES.control });

export const landing = proxyActivities<LandingActivities>({ ...DATA_WORK, taskQueue: TASK_QUEUES.control });

export const backfills = proxyActivities<BackfillActivities>({
  ...DATA_WORK,
  taskQueue: TASK_QUEUES.control,
});

export const notifications = proxyActivities<Pick<ControlActivities, 'notify'>>({
  ...NOTIFICATION,
  taskQueue: TASK_QUEUES.control,
});

export const data = proxyActivities<Omit<DataActivities, 'publishReport'>>({
  ...DATA_WORK,
  taskQueue: TASK_QUEUES.data,
});

export const reporting = proxyActivities<Pick<DataActivities, 'publishReport'>>({
  ...AFTERWARDS,
  taskQueue: TASK_QUEUES.data,
});

export const maintenance = proxyActivities<MaintenanceActivities>({
  ...DATA_WORK,
  taskQueue: TASK_QUEUES.data,
});

export const training = proxyActivities<TrainActivities>({ ...TRAINING, taskQueue: TASK_QUEUES.train });

export const deployment = proxyActivities<DeployActivities>({ ...LIGHT_IO, taskQueue: TASK_QUEUES.serve });
