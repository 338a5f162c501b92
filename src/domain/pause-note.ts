/** Why an intake or a backfill rests; who and why are for people. */
export interface PauseNote {
  readonly by?: string;
  readonly reason?: string;
}

/** `by ada: the feed is broken`, or less of it; empty for none. */
export function pauseNoteText(note: PauseNote | undefined): string {
  return [note?.by && `by ${note.by}`, note?.reason].filter(Boolean).join(': ');
}
