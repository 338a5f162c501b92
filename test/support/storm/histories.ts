import type { Client } from '@temporalio/client';

/** A tenth of what a Temporal server allows: 51,200 events and 50 MB (`limit.historyCount.error`, `limit.historySize.error`). */
export const HISTORY_LIMITS = { events: 5_120, bytes: 5_242_880 } as const;

export interface LargestHistories {
  readonly type: string;
  readonly executions: number;
  readonly events: number;
  readonly bytes: number;
}

/** By type of workflow, over every execution that the server knows: of those that run, as they are now. */
export async function largestHistories(client: Client): Promise<readonly LargestHistories[]> {
  const largest = new Map<string, LargestHistories>();
  for await (const { workflowId, runId, type, status, ...listed } of client.workflow.list()) {
    // The list says nothing about the length of what still runs.
    const { historyLength, historySize } =
      status.name === 'RUNNING' ? await client.workflow.getHandle(workflowId, runId).describe() : listed;
    const before = largest.get(type) ?? { type, executions: 0, events: 0, bytes: 0 };
    largest.set(type, {
      type,
      executions: before.executions + 1,
      events: Math.max(before.events, historyLength),
      bytes: Math.max(before.bytes, historySize ?? 0),
    });
  }
  return [...largest.values()];
}
