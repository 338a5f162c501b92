import type { z } from 'zod';
import {
  eventBridgeSchema,
  s3RecordSchema,
  snsNotificationSchema,
  snsRecordSchema,
  sqsRecordSchema,
} from './event-schemas';
import {
  type EventContext,
  type EventFinding,
  type EventKind,
  type EventTransport,
  type IgnoredReason,
  type ParsedEvents,
  type ParseOptions,
  problemAt,
} from './object-event';
import { objectFinding } from './object-finding';
import { s3RecordFinding } from './s3-record';

/** S3 → EventBridge → SNS → SQS is the longest chain that makes sense. */
const MAX_ENVELOPES = 4;

/**
 * Finds the object events in whatever the notification came wrapped in: an S3 notification, SQS, SNS or EventBridge
 * envelopes, also inside each other. Never throws: what cannot be read becomes a problem with its place.
 */
export function parseS3Events(payload: unknown, options: ParseOptions = {}): ParsedEvents {
  const source = transportOf(payload);
  const findings = parseEnvelope(payload, { path: '', source, options }, 0);
  const ignored: Record<IgnoredReason, number> = {
    other_bucket: 0,
    outside_landing_zone: 0,
    other_event: 0,
    test_event: 0,
  };
  for (const finding of findings) if (finding.type === 'ignored') ignored[finding.reason] += 1;
  return {
    events: findings.flatMap(({ type, ...event }) =>
      type === 'event' ? [event as ParsedEvents['events'][0]] : [],
    ),
    problems: findings.flatMap(({ type, ...problem }) =>
      type === 'problem' ? [problem as ParsedEvents['problems'][0]] : [],
    ),
    ignored,
    fromQueue: source === 'sqs',
  };
}

function parseEnvelope(value: unknown, context: EventContext, depth: number): readonly EventFinding[] {
  if (depth > MAX_ENVELOPES)
    return [problemAt(context, `expected at most ${MAX_ENVELOPES} envelopes around an event`)];
  if (!isMapping(value)) return [problemAt(context, `expected an object event; got ${nameOf(value)}`)];
  if (value['Event'] === 's3:TestEvent') return [{ type: 'ignored', reason: 'test_event' }];
  const { Records: records } = value;
  if (Array.isArray(records)) {
    return records.flatMap((record, index) =>
      parseRecord(record, inside(context, `Records[${index}]`), depth),
    );
  }
  if (value['Type'] === 'Notification') return parseSnsNotification(value, context, depth);
  if ('detail-type' in value) return parseEventBridge(value, context);
  return [
    problemAt(context, 'expected an S3, SQS, SNS or EventBridge event; got an object of another shape'),
  ];
}

function parseRecord(record: unknown, context: EventContext, depth: number): readonly EventFinding[] {
  switch (isMapping(record) ? (record['eventSource'] ?? record['EventSource']) : undefined) {
    case 'aws:sqs':
      return read(sqsRecordSchema, record, context, ({ messageId, body }) =>
        parseJson(body, { ...inside(context, 'body'), messageId }, depth),
      );
    case 'aws:sns':
      return read(snsRecordSchema, record, context, ({ Sns: { Message: message } }) =>
        parseJson(message, inside(context, 'Sns.Message'), depth),
      );
    default:
      return read(s3RecordSchema, record, context, (s3Record) => [s3RecordFinding(s3Record, context)]);
  }
}

function parseSnsNotification(value: unknown, context: EventContext, depth: number): readonly EventFinding[] {
  return read(snsNotificationSchema, value, context, ({ Message: message }) =>
    parseJson(message, inside(context, 'Message'), depth),
  );
}

const EVENT_BRIDGE_KINDS: Readonly<Record<string, EventKind>> = {
  'Object Created': 'created',
  'Object Deleted': 'removed',
};

/** Keys are not URL-encoded on this way. */
function parseEventBridge(value: unknown, context: EventContext): readonly EventFinding[] {
  return read(eventBridgeSchema, value, context, ({ 'detail-type': type, detail: { bucket, object } }) => [
    objectFinding(
      {
        kind: EVENT_BRIDGE_KINDS[type],
        bucket: bucket.name,
        key: object.key,
        versionId: object['version-id'],
        sequencer: object.sequencer,
      },
      context,
    ),
  ]);
}

function parseJson(text: string, context: EventContext, depth: number): readonly EventFinding[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [problemAt(context, `expected JSON; got text of ${text.length} characters that is none`)];
  }
  return parseEnvelope(value, context, depth + 1);
}

function read<T>(
  schema: z.ZodType<T>,
  value: unknown,
  context: EventContext,
  use: (value: T) => readonly EventFinding[],
): readonly EventFinding[] {
  const parsed = schema.safeParse(value);
  if (parsed.success) return use(parsed.data);
  const carrier = messageIdOf(value);
  const place = carrier === undefined ? context : { ...context, messageId: carrier };
  return parsed.error.issues.map((issue) =>
    problemAt(inside(place, issue.path.map(String).join('.')), issue.message.toLowerCase()),
  );
}

/** A queue message that cannot be read must still be reported by its id, or it would count as done. */
function messageIdOf(value: unknown): string | undefined {
  const id = isMapping(value) ? value['messageId'] : undefined;
  return typeof id === 'string' ? id : undefined;
}

function transportOf(payload: unknown): EventTransport {
  if (!isMapping(payload)) return 's3';
  if ('detail-type' in payload) return 'eventbridge';
  if (payload['Type'] === 'Notification') return 'sns';
  const records: unknown = payload['Records'];
  const first: unknown = Array.isArray(records) ? records[0] : undefined;
  if (!isMapping(first)) return 's3';
  if (first['eventSource'] === 'aws:sqs') return 'sqs';
  return first['EventSource'] === 'aws:sns' ? 'sns' : 's3';
}

function inside(context: EventContext, step: string): EventContext {
  return { ...context, path: [context.path, step].filter(Boolean).join('.') };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value;
}
