import { CancellationScope, CancelledFailure, setCurrentDetails } from '@temporalio/workflow';
import type { DeployInput } from '../contracts/activities/stages';
import type { PermanentFailureCode } from '../domain/failure-codes';
import type { DeployResult } from '../domain/stage';
import { deployment } from './support/activities';
import { failureType, isCancellation, rootMessage } from './support/failures';

/** The checks say that this version must not go live. */
const REFUSED: readonly PermanentFailureCode[] = ['DeployCheckFailed'];
/** While loading: its files are damaged or gone, or make no model. */
const UNUSABLE: readonly PermanentFailureCode[] = [...REFUSED, 'IntegrityError', 'NotFound'];

/**
 * Loads a version beside the live one, checks it on its golden rows, then moves the traffic. Whatever goes wrong,
 * the version that was live before is live afterwards.
 */
export async function deployModel(input: DeployInput): Promise<DeployResult> {
  const name = `${input.pipeline} v${input.version}`;
  setCurrentDetails(`Loading ${name}`);
  let previousVersion: number | undefined;
  try {
    ({ previousVersion } = await deployment.loadModel.executeWithOptions({ summary: `Load ${name}` }, [
      input,
    ]));
  } catch (error) {
    // Nothing has changed yet, so there is nothing to undo.
    return rolledBack(input, error, UNUSABLE);
  }
  const previous = previousVersion === undefined ? {} : { previousVersion };
  // Known before the first step that changes traffic, so that it can be undone even when that step's answer is lost.
  const undo = (): Promise<void> =>
    CancellationScope.nonCancellable(() =>
      deployment.restoreModel.executeWithOptions({ summary: `Restore v${previousVersion ?? 'none'}` }, [
        { pipeline: input.pipeline, version: input.version, ...previous },
      ]),
    );

  try {
    const check = await deployment.checkModel.executeWithOptions({ summary: `Golden check of ${name}` }, [
      input,
    ]);
    await deployment.activateModel.executeWithOptions({ summary: `Send traffic to ${name}` }, [input]);
    // The switch may have completed although it was asked to stop.
    if (CancellationScope.current().consideredCancelled)
      throw new CancelledFailure('Deployment was cancelled');
    setCurrentDetails(`${name} is live; ${check.rows} golden rows differ by at most ${check.maxDifference}`);
    return {
      outcome: 'live',
      version: input.version,
      ...previous,
      goldenRows: check.rows,
      maxDifference: check.maxDifference,
    };
  } catch (error) {
    await undo();
    return { ...rolledBack(input, error, REFUSED), ...previous };
  }
}

/** @throws `error` itself when it says nothing about the version. */
function rolledBack(
  { pipeline, version }: DeployInput,
  error: unknown,
  verdicts: readonly PermanentFailureCode[],
): DeployResult {
  const type = failureType(error);
  if (isCancellation(error) || !verdicts.some((code) => code === type)) throw error;
  const reason = rootMessage(error);
  setCurrentDetails(`${pipeline} v${version} was not deployed: ${reason}`);
  return { outcome: 'rolled_back', version, reason, goldenRows: 0, maxDifference: 0 };
}
