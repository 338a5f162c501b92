/** One queue per kind of work, so that each can be scaled and placed on its own machines. */
export const TASK_QUEUES = {
  /** Workflows and light I/O. */
  control: 'millrace',
  /** DuckDB, hashing, copying. */
  data: 'millrace-data',
  /** CPU or GPU training. */
  train: 'millrace-train',
  /** The control side of the inference server. */
  serve: 'millrace-serve',
} as const;
export type TaskQueueName = (typeof TASK_QUEUES)[keyof typeof TASK_QUEUES];
