import { STAGES, type Stage } from './stage';

export type StageStatus = 'waiting' | 'running' | 'done' | 'reused' | 'skipped' | 'failed' | 'cancelled';

export interface StageProgress {
  readonly stage: Stage;
  readonly status: StageStatus;
  readonly seconds?: number;
  readonly note?: string;
  /** Digest of everything that went into the stage (`millrace explain-key`). */
  readonly digest?: string;
  /** The run that did the work, for a stage that was reused. */
  readonly reusedFrom?: string;
}

export const INITIAL_STAGES: readonly StageProgress[] = STAGES.map((stage) => ({ stage, status: 'waiting' }));

export function withStage(
  stages: readonly StageProgress[],
  stage: Stage,
  change: Omit<StageProgress, 'stage'>,
): readonly StageProgress[] {
  return stages.map((entry) => (entry.stage === stage ? { stage, ...change } : entry));
}

const MARKS: Readonly<Record<StageStatus, string>> = {
  waiting: '·',
  running: '▶',
  done: '✔',
  reused: '↺',
  skipped: '–',
  failed: '✘',
  cancelled: '■',
};

/** Markdown for the Web UI: one row per stage. */
export function renderStages(stages: readonly StageProgress[]): string {
  const rows = stages.map(({ stage, status, seconds, note }) => {
    const time = seconds === undefined ? '' : seconds.toFixed(1);
    return `| ${MARKS[status]} | ${stage} | ${status} | ${time} | ${note ?? ''} |`;
  });
  return ['| | stage | status | s | |', '|---|---|---|---|---|', ...rows].join('\n');
}
