/** What a run came to, in words that a person who is not looking at Millrace needs. No row values. */
export interface Notification {
  /** The same for every delivery of the same news: at least once, so receivers may drop repeats by it. */
  readonly id: string;
  readonly pipeline: string;
  /** The run's verdict: `rejected`, `failed`, … */
  readonly event: string;
  readonly reasons: readonly string[];
  /** Workflow id. */
  readonly run: string;
  readonly runId: string;
  readonly batchDigest?: string;
  readonly rows: number;
  readonly quarantinedRows: number;
  /** The model version that is live now, as far as the run knows. */
  readonly liveVersion?: number;
}

/** One line that says it all. */
export function notificationTitle({ pipeline, event }: Notification): string {
  return `${pipeline}: ${event.replaceAll('_', ' ')}`;
}

/** A few lines of plain text. */
export function notificationText(notification: Notification): string {
  const { reasons, rows, quarantinedRows, run, liveVersion } = notification;
  return [
    ...reasons,
    `${rows} rows, ${quarantinedRows} quarantined`,
    ...(liveVersion === undefined ? [] : [`live: v${liveVersion}`]),
    `run: ${run}`,
  ].join('\n');
}
