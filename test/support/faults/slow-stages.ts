import type { BulkStage } from './attempts';

/** What each stage reads or writes on its own, at 8 KB a second: several seconds in the middle of the stage. */
const KEYS: Readonly<Record<BulkStage, (pipeline: string) => readonly string[]>> = {
  ingest: (pipeline) => [`open:raw/${pipeline}/*`],
  validate: (pipeline) => [`createIfAbsent:runs/${pipeline}/stages/validate/*`],
  transform: (pipeline) => [`*:tables/${pipeline}/*.parquet`],
  train: (pipeline) => [`open:tables/${pipeline}/features/*.parquet`],
  evaluate: (pipeline) => [`open:models/${pipeline}/*`],
  backup: (pipeline) => [`copy:${pipeline}/objects/*`],
};

/** Fault rules that make one stage of a pipeline slow. */
export function slowStage(stage: BulkStage, pipeline: string): string {
  return KEYS[stage](pipeline)
    .map((keys) => `slow:${keys}`)
    .join(';');
}
