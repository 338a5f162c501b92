interface Timestamp {
  readonly seconds?: unknown;
  readonly nanos?: number | null;
}

/** Epoch milliseconds of a time stamp of the Temporal server; 0 = none. */
export function epochMs(time: Timestamp | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1000 + (time?.nanos ?? 0) / 1e6;
}
