import type { ObjectHint } from '../contracts/messages';

export type EventKind = 'created' | 'removed';
export type EventTransport = 's3' | 'sqs' | 'sns' | 'eventbridge';

/** One thing that happened to one object in a landing zone. */
export interface ObjectEvent {
  readonly hint: ObjectHint;
  readonly pipeline: string;
  readonly kind: EventKind;
  /** The outermost envelope. */
  readonly source: EventTransport;
  /** The SQS message that carried it, to be reported if it fails. */
  readonly messageId?: string;
}

export interface EventProblem {
  /** E.g. `Records[2].body.Records[0].s3.object.key`; empty for the payload as a whole. */
  readonly path: string;
  readonly message: string;
  readonly messageId?: string;
}

/** Why a well-formed event is no business of ours. */
export type IgnoredReason = 'other_bucket' | 'outside_landing_zone' | 'other_event' | 'test_event';

export interface ParsedEvents {
  readonly events: readonly ObjectEvent[];
  readonly problems: readonly EventProblem[];
  readonly ignored: Readonly<Record<IgnoredReason, number>>;
  /** True when the payload came from an SQS queue: failures are then reported message by message. */
  readonly fromQueue: boolean;
}

export type EventFinding =
  | ({ readonly type: 'event' } & ObjectEvent)
  | ({ readonly type: 'problem' } & EventProblem)
  | { readonly type: 'ignored'; readonly reason: IgnoredReason };

/** Where in the payload we are, and how we came there. */
export interface EventContext {
  readonly path: string;
  readonly source: EventTransport;
  readonly messageId?: string;
  readonly options: ParseOptions;
}

/** How object keys are written. `auto`: raw from versitygw and EventBridge, URL-encoded from everything else. */
export type KeyDialect = 'auto' | 'raw' | 'url-encoded';

export interface ParseOptions {
  /** Events of other buckets are ignored. Default: any bucket. */
  readonly lakeBucket?: string;
  /** @default 'auto' */
  readonly dialect?: KeyDialect;
}

export function problemAt({ path, messageId }: EventContext, message: string): EventFinding {
  return { type: 'problem', path, message, ...(messageId === undefined ? {} : { messageId }) };
}
