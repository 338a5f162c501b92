import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { workflowIds } from '../../src/contracts/workflow-names';
import { mapConcurrent } from '../../src/lake/map-concurrent';

/** Milliseconds since 1970, by the server's clock, which is this machine's. */
export interface Started {
  /** The workflow exists: Temporal will run it, whatever dies now. */
  readonly startedMs: number;
  /** Its first lines have run on a worker. */
  readonly runningMs?: number;
}

const LANES = 16;
const GIVE_UP_MS = 180_000;

/** When the intakes of these pipelines started, from their histories; waits for workers if asked to. */
export async function startTimes(
  client: Client,
  pipelines: readonly string[],
  { running }: { readonly running: boolean },
): Promise<readonly Started[]> {
  const giveUpMs = Date.now() + GIVE_UP_MS;
  return mapConcurrent(pipelines, LANES, async (pipeline) => {
    for (;;) {
      const started = await look(client, pipeline);
      if (!running || started.runningMs !== undefined) return started;
      if (Date.now() > giveUpMs) throw new Error(`The intake of ${pipeline} was not taken up by a worker`);
      await sleep(200);
    }
  });
}

async function look(client: Client, pipeline: string): Promise<Started> {
  const { events } = await client.workflow.getHandle(workflowIds.intake(pipeline)).fetchHistory();
  const timeOf = (kind: 'workflowExecutionStarted' | 'workflowTaskCompleted'): number | undefined => {
    const { seconds, nanos } =
      (events ?? []).find((event) => event[`${kind}EventAttributes`])?.eventTime ?? {};
    return seconds ? Number(seconds) * 1000 + (nanos ?? 0) / 1e6 : undefined;
  };
  const runningMs = timeOf('workflowTaskCompleted');
  return {
    startedMs: timeOf('workflowExecutionStarted') ?? Number.NaN,
    ...(runningMs === undefined ? {} : { runningMs }),
  };
}
