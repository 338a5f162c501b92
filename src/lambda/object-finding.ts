import type { ObjectHint } from '../contracts/messages';
import { landingPipeline } from './landing-pipeline';
import type { EventContext, EventFinding, EventKind } from './object-event';

interface Occurrence {
  readonly kind: EventKind | undefined;
  readonly bucket: string;
  /** Decoded. */
  readonly key: string;
  readonly versionId?: string | null | undefined;
  readonly sequencer?: string | null | undefined;
}

/** Decides whether an object event is ours and reduces it to a hint. */
export function objectFinding(occurrence: Occurrence, context: EventContext): EventFinding {
  const { kind, bucket, key } = occurrence;
  const { lakeBucket } = context.options;
  if (kind === undefined) return { type: 'ignored', reason: 'other_event' };
  if (lakeBucket !== undefined && bucket !== lakeBucket) return { type: 'ignored', reason: 'other_bucket' };
  const pipeline = landingPipeline(key);
  if (pipeline === undefined) return { type: 'ignored', reason: 'outside_landing_zone' };
  const carrier = context.messageId === undefined ? {} : { messageId: context.messageId };
  return { type: 'event', hint: hintOf(occurrence), pipeline, kind, source: context.source, ...carrier };
}

/** MinIO writes an empty version id and versitygw null where there is none. */
function hintOf({ kind, bucket, key, versionId, sequencer }: Occurrence): ObjectHint {
  return {
    bucket,
    key,
    ...(versionId ? { versionId } : {}),
    ...(sequencer ? { sequencer } : {}),
    ...(kind === 'removed' ? { removed: true } : {}),
  };
}
