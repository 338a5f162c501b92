/** The activity that stands for each stage of the chain. */
export const STAGE_ACTIVITIES = {
  ingest: 'ingest',
  validate: 'validate',
  transform: 'transform',
  train: 'train',
  evaluate: 'evaluate',
  register: 'register',
  deploy: 'loadModel',
  backup: 'backup',
} as const;

export const KILLED_STAGE = 'evaluate';

/** What each system's driver reports. */
export interface SystemResult {
  readonly system: string;
  readonly settings: Readonly<Record<string, string>>;
  /** From trigger to end, one run after the other, all stages empty. */
  readonly runSeconds: readonly number[];
  readonly kill: {
    readonly resumedByItself: boolean;
    readonly secondsToResume: number | null;
    readonly stagesDoneAgain: readonly string[];
    readonly endedAs: string;
    readonly secondsWaited: number;
  } | null;
}
