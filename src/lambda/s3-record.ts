import type { S3Record } from './event-schemas';
import {
  type EventContext,
  type EventFinding,
  type EventKind,
  type KeyDialect,
  problemAt,
} from './object-event';
import { objectFinding } from './object-finding';

/** One record of an S3 notification. */
export function s3RecordFinding(record: S3Record, context: EventContext): EventFinding {
  const { bucket, object } = record.s3;
  const raw = writesRawKeys(record, context.options.dialect ?? 'auto');
  const key = raw ? object.key : decodeKey(object.key);
  if (key === undefined) {
    const place = { ...context, path: `${context.path}.s3.object.key` };
    return problemAt(place, 'expected a URL-encoded key; got one with a bad % escape');
  }
  return objectFinding(
    {
      kind: kindOf(record.eventName),
      bucket: bucket.name,
      key,
      versionId: object.versionId,
      // versitygw counts from 1 again after every start: its numbers say nothing about order.
      sequencer: raw ? undefined : object.sequencer,
    },
    context,
  );
}

/** Only versitygw claims to be `aws:s3` and yet prefixes its event names with `s3:` as MinIO does. */
function writesRawKeys({ eventSource, eventName }: S3Record, dialect: KeyDialect): boolean {
  if (dialect !== 'auto') return dialect === 'raw';
  return eventSource === 'aws:s3' && eventName.startsWith('s3:');
}

/** S3 encodes keys like HTML forms: `+` is a blank, `%2B` a plus. */
function decodeKey(key: string): string | undefined {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function kindOf(eventName: string): EventKind | undefined {
  const name = eventName.replace(/^s3:/, '');
  if (name.startsWith('ObjectCreated:')) return 'created';
  if (name.startsWith('ObjectRemoved:') || name.startsWith('LifecycleExpiration:')) return 'removed';
  return undefined;
}
