import type { NotifyInput } from '../contracts/activities/control';
import { lakeLayout } from '../domain/lake-layout';
import { digestOf } from '../lake/digest';
import { createDocument, findDocument } from '../lake/documents';
import type { PlanLibrary } from '../lake/plans';
import { PermanentFailure } from '../ports/failures';
import type { Notifier } from '../ports/notifier';
import type { ObjectStore } from '../ports/object-store';

export interface NotifyDependencies {
  readonly store: ObjectStore;
  readonly lakeBucket: string;
  readonly plans: Pick<PlanLibrary, 'load'>;
  readonly notifier: Notifier;
}

/**
 * Sends one piece of news through one channel of the plan, and records it. The same news of the same run is not sent
 * again once that is recorded: a batch that fails for the same reason every ten minutes is one message. A worker that
 * dies between sending and recording makes it two, with the same id.
 */
export function createNotifyActivity(deps: NotifyDependencies): (input: NotifyInput) => Promise<void> {
  return async ({ run, channel: index, workflowId, runId, summary }) => {
    const plan = await deps.plans.load(run.pipeline, run.planDigest);
    const channel = plan.notify?.[index];
    if (!channel) {
      throw new PermanentFailure('InvalidInput', 'Plan has no such notification channel', { channel: index });
    }
    const { verdict, reasons, rows, quarantinedRows, liveVersion } = summary;
    const id = digestOf({ workflowId, event: verdict, reasons, channel: index });
    const location = { bucket: deps.lakeBucket, key: lakeLayout.notification(run.pipeline, id) };
    if (await findDocument(deps.store, location)) return;
    const notification = {
      id,
      pipeline: run.pipeline,
      event: verdict,
      reasons,
      run: workflowId,
      runId,
      batchDigest: run.batchDigest,
      rows,
      quarantinedRows,
      ...(liveVersion === undefined ? {} : { liveVersion }),
    };
    await deps.notifier.send(channel, notification);
    await createDocument(deps.store, location, { formatVersion: 1, kind: channel.kind, notification });
  };
}
