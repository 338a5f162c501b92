import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { DATA_WORK, LIGHT_IO, TRAINING } from '../../src/contracts/activity-profiles';
import { WORKFLOWS } from '../../src/contracts/workflow-names';
import * as workflows from '../../src/workflows';

test('the sandbox bundle builds: nothing of Node or of the worker side has slipped into src/workflows', async () => {
  const { code } = await bundleWorkflowCode({
    workflowsPath: require.resolve('../../src/workflows'),
    logger: new DefaultLogger('ERROR'),
  });
  expect(code).toContain('pipelineRun');
});

test('workflow types are what histories, the CLI and the Web UI know: a drift strands every run in flight', () => {
  expect(Object.keys(workflows).sort()).toEqual([
    'backfillPipeline',
    'backupPipeline',
    'datasetIntake',
    'deployModel',
    'maintainTables',
    'pipelineRun',
    'reconcileIntake',
    'trainModel',
    'trainingPool',
  ]);
  expect(Object.values(WORKFLOWS).sort()).toEqual(Object.keys(workflows).sort());
});

test('activity profiles are whole and as documented', () => {
  for (const profile of [LIGHT_IO, DATA_WORK, TRAINING]) {
    expect(profile).toMatchObject({
      heartbeatTimeout: '5s',
      retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s', maximumAttempts: 5 },
    });
  }
  expect([LIGHT_IO, DATA_WORK, TRAINING].map((profile) => String(profile.startToCloseTimeout))).toEqual([
    '1 minute',
    '1 hour',
    '24 hours',
  ]);
});
