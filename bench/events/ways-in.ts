import { Agent, request } from 'node:http';
import type { Client } from '@temporalio/client';
import { objectLandedSignal } from '../../src/contracts/messages';
import { TASK_QUEUES } from '../../src/contracts/task-queues';
import { WORKFLOWS, workflowIds } from '../../src/contracts/workflow-names';

/** How a landed object becomes known to the intake of its pipeline. */
export interface WayIn {
  readonly name: 'receiver' | 'bare';
  /** Resolves once Temporal has it. */
  readonly send: (pipeline: string, key: string) => Promise<void>;
}

const BUCKET = 'lake';

/** What the object store does for each written object: one POST of an S3 notification. */
export function throughReceiver(url: string): WayIn & { readonly close: () => void } {
  const agent = new Agent({ keepAlive: true });
  const send = (key: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const body = notification(key);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const sent = request(url, { agent, method: 'POST', headers }, (response) => {
        response.resume().on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`The receiver answered ${response.statusCode ?? 0}`));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  return {
    name: 'receiver',
    send: (_pipeline, key) => send(key),
    close: () => {
      agent.destroy();
    },
  };
}

/** The least that anybody can do: the call to Temporal alone, from the process that makes the load. */
export function bareSignals(client: Client): WayIn {
  return {
    name: 'bare',
    send: async (pipeline, key) => {
      await client.workflow.signalWithStart(WORKFLOWS.datasetIntake, {
        workflowId: workflowIds.intake(pipeline),
        taskQueue: TASK_QUEUES.control,
        args: [{ pipeline }],
        signal: objectLandedSignal.name,
        signalArgs: [{ objects: [{ bucket: BUCKET, key }] }],
      });
    },
  };
}

export function keyOf(pipeline: string, index: number): string {
  return `raw/${pipeline}/2024/01/part-${String(index).padStart(6, '0')}.csv`;
}

function notification(key: string): string {
  return JSON.stringify({
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: 'us-east-1',
        eventTime: '2024-01-01T00:00:00.000Z',
        eventName: 'ObjectCreated:Put',
        s3: {
          s3SchemaVersion: '1.0',
          bucket: { name: BUCKET, arn: `arn:aws:s3:::${BUCKET}` },
          object: { key: encodeURIComponent(key), size: 1024, eTag: 'd41d8cd98f00b204e9800998ecf8427e' },
        },
      },
    ],
  });
}
