import {
  isGrpcServiceError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { isFinalFailureType } from '../domain/failure-codes';
import type { RunState } from '../domain/run-state';

const MAX_CAUSE_DEPTH = 16;

/** How a run stands now; does not wait for it. */
export async function readRunState(client: Client, workflowId: string): Promise<RunState> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') return { status: 'running' };
    await handle.result();
    return { status: 'completed' };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { status: 'unknown' };
    if (isGrpcServiceError(error) || !(error instanceof WorkflowFailedError)) throw error;
    return { status: 'failed', ...reasonOf(error) };
  }
}

function reasonOf(error: WorkflowFailedError): { readonly final: boolean; readonly reason: string } {
  let final = false;
  let reason = error.message;
  let current: unknown = error.cause;
  for (let depth = 0; depth < MAX_CAUSE_DEPTH && current instanceof Error; depth += 1) {
    reason = current.message;
    final ||= current instanceof CancelledFailure || current instanceof TerminatedFailure;
    final ||= current instanceof ApplicationFailure && isFinalFailureType(current.type ?? undefined);
    current = current.cause;
  }
  return { final, reason };
}
