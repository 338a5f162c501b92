// Entry of the sandbox bundle: the names exported here are the workflow types (pinned by a test).
export { backfillPipeline } from './backfill-pipeline';
export { backupPipeline } from './backup-pipeline';
export { datasetIntake } from './dataset-intake';
export { deployModel } from './deploy-model';
export { maintainTables } from './maintain-tables';
export { pipelineRun } from './pipeline-run';
export { reconcileIntake } from './reconcile-intake';
export { trainModel } from './train-model';
export { trainingPool } from './training-pool';
