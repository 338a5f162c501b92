import type { ObjectHint } from '../contracts/messages';
import { groupBy } from '../domain/group-by';
import { chunkHints } from './chunk-hints';
import { SignalNotAccepted, UnreadableEvent } from './event-failures';
import type { Logger } from './logger';
import type { KeyDialect, ObjectEvent, ParsedEvents } from './object-event';
import { parseS3Events } from './s3-event';
import { createSummary } from './summary';

export interface HandlerDeps {
  /** Signal-with-start of the pipeline's intake; safe to repeat. */
  readonly signalIntake: (pipeline: string, hints: readonly ObjectHint[]) => Promise<void>;
  readonly logger: Logger;
  readonly lakeBucket: string;
  /** @default 'auto' */
  readonly dialect?: KeyDialect;
  /** At most one summary line in this time, for what handles many events side by side. @default 0: one each. */
  readonly summaryEveryMs?: number;
}

/** What Lambda expects back for an SQS batch; empty for every other source. */
interface HandlerResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

interface InvocationContext {
  readonly awsRequestId?: string;
}

export type S3EventHandler = (event: unknown, context?: InvocationContext) => Promise<HandlerResponse>;

interface FailedSignal {
  readonly pipeline: string;
  readonly events: readonly ObjectEvent[];
  readonly cause: unknown;
}

/**
 * Tells the intake of each pipeline which objects landed.
 *
 * For SQS the messages that failed are named in the answer, so that only they come again (and end in the dead-letter
 * queue). Other sources can only fail as a whole: then it throws, after everything that could be signalled was.
 *
 * @throws SignalNotAccepted, or UnreadableEvent when trying again cannot help; never for SQS.
 */
export function createHandler(deps: HandlerDeps): S3EventHandler {
  const summary = createSummary(deps.logger, deps.summaryEveryMs);
  return async (event, context) => {
    const parsed = parseS3Events(event, {
      lakeBucket: deps.lakeBucket,
      ...(deps.dialect ? { dialect: deps.dialect } : {}),
    });
    const failed = await signalAll(parsed.events, deps);
    reportProblems(parsed, failed, deps.logger, context);
    const failures = failed.reduce((sum, { events }) => sum + events.length, 0);
    summary(parsed, failures, context?.awsRequestId);
    if (parsed.fromQueue) return { batchItemFailures: failedMessages(parsed, failed) };
    if (failed.length > 0) throw notAccepted(failed);
    if (parsed.problems.length > 0) throw new UnreadableEvent(parsed.problems);
    return { batchItemFailures: [] };
  };
}

/** Pipelines side by side; the signals of one pipeline in order. */
async function signalAll(
  events: readonly ObjectEvent[],
  deps: HandlerDeps,
): Promise<readonly FailedSignal[]> {
  const byPipeline = groupBy(events, ({ pipeline }) => pipeline);
  const failed = await Promise.all(
    [...byPipeline].map(([pipeline, its]) => signalPipeline(pipeline, its, deps.signalIntake)),
  );
  return failed.flat();
}

/** Stops at the first failure: the rest would most likely wait for the same timeout, and would arrive out of order. */
async function signalPipeline(
  pipeline: string,
  events: readonly ObjectEvent[],
  signalIntake: HandlerDeps['signalIntake'],
): Promise<readonly FailedSignal[]> {
  const chunks = chunkHints(events);
  for (const [index, chunk] of chunks.entries()) {
    try {
      await signalIntake(
        pipeline,
        chunk.map(({ hint }) => hint),
      );
    } catch (cause) {
      return [{ pipeline, events: chunks.slice(index).flat(), cause }];
    }
  }
  return [];
}

function failedMessages(
  { problems }: ParsedEvents,
  failed: readonly FailedSignal[],
): HandlerResponse['batchItemFailures'] {
  const failedIds = [...failed.flatMap(({ events }) => events), ...problems].map(
    ({ messageId }) => messageId,
  );
  return [...new Set(failedIds)].flatMap((id) => (id === undefined ? [] : [{ itemIdentifier: id }]));
}

function notAccepted(failed: readonly FailedSignal[]): SignalNotAccepted {
  return new SignalNotAccepted([...new Set(failed.map(({ pipeline }) => pipeline))], failed[0]?.cause);
}

function reportProblems(
  parsed: ParsedEvents,
  failed: readonly FailedSignal[],
  logger: Logger,
  context: InvocationContext | undefined,
): void {
  const requestId = context?.awsRequestId;
  for (const { path, message } of parsed.problems) {
    logger.error('Object event is not readable', { path, problem: message, requestId });
  }
  for (const { pipeline, events, cause } of failed) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    logger.error('Intake was not signalled', { pipeline, objects: events.length, reason, requestId });
  }
}
