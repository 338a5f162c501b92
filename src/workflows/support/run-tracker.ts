import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import type { RunFindings, RunProgress, RunSummary, RunVerdict } from '../../contracts/messages';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes';
import { INITIAL_STAGES, renderStages, withStage, type StageProgress } from '../../domain/run-report';
import type { Reusable, Stage } from '../../domain/stage';
import { isCancellation, rootMessage } from './failures';

type SummaryFields = Omit<RunSummary, 'stages' | 'pipeline'>;

/** What one run knows about itself; everything a person sees of it comes from here. */
export class RunTracker {
  private stages: readonly StageProgress[] = INITIAL_STAGES;
  private fields: SummaryFields = {
    verdict: 'nothing_new',
    reasons: [],
    planDigest: '',
    objects: 0,
    rows: 0,
    quarantinedRows: 0,
  };
  private verdict: RunVerdict | undefined;
  /** What has been published, for the report. */
  findings: RunFindings = {};

  constructor(private readonly pipeline: string) {}

  progress(): RunProgress {
    return {
      pipeline: this.pipeline,
      ...(this.verdict ? { verdict: this.verdict } : {}),
      stages: this.stages,
    };
  }

  summary(): RunSummary {
    return { pipeline: this.pipeline, ...this.fields, stages: this.stages };
  }

  learn(fields: Partial<SummaryFields>): void {
    this.fields = { ...this.fields, ...fields };
  }

  found(findings: RunFindings): void {
    this.findings = { ...this.findings, ...findings };
  }

  /** Shows where the report lies. */
  reported(uri: string): void {
    setCurrentDetails(`${this.details()}\n\nReport: \`${uri}\``);
  }

  /** Runs one stage and shows its state everywhere; `note` turns the result into a few words. */
  async stage<T>(stage: Stage, work: () => Promise<T>, note: (result: T) => string): Promise<T> {
    const startedMs = Date.now();
    const seconds = (): number => (Date.now() - startedMs) / 1000;
    this.show(stage, { status: 'running' });
    try {
      const result = await work();
      this.mark(stage, { seconds: seconds(), note: note(result), ...origin(result as Partial<Reusable>) });
      return result;
    } catch (error) {
      const status = isCancellation(error) ? 'cancelled' : 'failed';
      this.mark(stage, { status, seconds: seconds(), note: rootMessage(error) });
      throw error;
    }
  }

  /** Says how far a running stage is. */
  note(stage: Stage, note: string): void {
    this.mark(stage, { status: 'running', note });
    setCurrentDetails(this.details());
  }

  skip(stages: readonly Stage[], note: string): void {
    for (const stage of stages) this.mark(stage, { status: 'skipped', note });
  }

  /** Ends the story: verdict and numbers go to memo and search attributes, so lists need no further look-up. */
  finish(verdict: RunVerdict, reasons: readonly string[] = []): RunSummary {
    this.verdict = verdict;
    this.learn({ verdict, reasons });
    const summary = this.summary();
    upsertMemo({ summary });
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.verdict, value: verdict }]);
    setCurrentDetails(this.details());
    return summary;
  }

  /** Something that comes after the verdict. */
  add(fields: Partial<SummaryFields>): RunSummary {
    this.learn(fields);
    const summary = this.summary();
    upsertMemo({ summary });
    setCurrentDetails(this.details());
    return summary;
  }

  private show(stage: Stage, change: Omit<StageProgress, 'stage'>): void {
    this.mark(stage, change);
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.stage, value: stage }]);
    setCurrentDetails(this.details());
  }

  private mark(stage: Stage, change: Omit<StageProgress, 'stage'>): void {
    this.stages = withStage(this.stages, stage, change);
  }

  private details(): string {
    const reasons = this.verdict ? this.fields.reasons.join('; ') : '';
    const told = (this.fields.notifications ?? []).map(({ kind, status, reason }) =>
      [kind, status, reason].filter(Boolean).join(' '),
    );
    const news = told.length === 0 ? [] : [`Notifications: ${told.join('; ')}`];
    return [
      `### ${this.pipeline}: ${this.verdict ?? 'running'}`,
      reasons,
      renderStages(this.stages),
      ...news,
    ].join('\n\n');
  }
}

function origin({ reused, reusedFrom, digest }: Partial<Reusable>): Omit<StageProgress, 'stage'> {
  return {
    status: reused === true ? 'reused' : 'done',
    ...(digest === undefined ? {} : { digest }),
    ...(reusedFrom === undefined ? {} : { reusedFrom }),
  };
}
