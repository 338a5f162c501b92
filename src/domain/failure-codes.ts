/**
 * The closed list of failures that a retry cannot mend. Anything else is technical and is retried.
 * These strings are the `type` of Temporal ApplicationFailures and part of the public interface.
 */
export const PERMANENT_FAILURE_CODES = [
  'InvalidInput',
  'InvalidPlan',
  'NotFound',
  'DataRejected',
  'IntegrityError',
  'SchemaConflict',
  'TrainerRejectedJob',
  'DeployCheckFailed',
  'PayloadTooLarge',
  'UnsafeStore',
  'AccessDenied',
] as const;
export type PermanentFailureCode = (typeof PERMANENT_FAILURE_CODES)[number];

/** Failure type of a run that was asked to stop. */
export const RUN_STOPPED = 'RunStopped';

/** True when running again by itself cannot help: bad input, or somebody wanted the end. */
export function isFinalFailureType(type: string | undefined): boolean {
  return type === RUN_STOPPED || PERMANENT_FAILURE_CODES.some((code) => code === type);
}

export const TRANSIENT_FAILURE_CODES = [
  'StoreUnavailable',
  'CommitConflict',
  'EngineFailed',
  'ScratchFailed',
  'TrainerFailed',
  'ServingUnavailable',
  'NotifierUnavailable',
] as const;
export type TransientFailureCode = (typeof TRANSIENT_FAILURE_CODES)[number];
