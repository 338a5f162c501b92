import { PublishCommand, SNSClient, type PublishCommandInput } from '@aws-sdk/client-sns';
import { notificationText, notificationTitle, type Notification } from '../../domain/notification';
import type { NotifyPlan } from '../../domain/plan';
import { PermanentFailure, TransientFailure } from '../../ports/failures';

/** SNS takes at most 100 ASCII characters. */
const MAX_SUBJECT = 100;

/** Publishes to an SNS topic; `AWS_ENDPOINT_URL_SNS` names another endpoint than Amazon's. */
export async function publishToSns(
  channel: NotifyPlan,
  topicArn: string,
  notification: Notification,
): Promise<void> {
  const fields = { kind: channel.kind, variable: channel.addressFrom };
  const region = /^arn:[\w-]+:sns:([\w-]+):\d+:[\w-]+(?:\.fifo)?$/.exec(topicArn)?.[1];
  if (region === undefined) {
    const message = 'Notification has no usable topic: expected the ARN of an SNS topic in the variable';
    throw new PermanentFailure('InvalidPlan', message, fields);
  }
  const client = new SNSClient({ region, maxAttempts: 1 });
  try {
    await client.send(new PublishCommand(publishInput(topicArn, notification)));
  } catch (error) {
    throw failureOf(error, fields);
  } finally {
    client.destroy();
  }
}

function publishInput(topicArn: string, notification: Notification): PublishCommandInput {
  const { id, pipeline, event } = notification;
  const attribute = (value: string): { DataType: string; StringValue: string } => ({
    DataType: 'String',
    StringValue: value,
  });
  return {
    TopicArn: topicArn,
    Subject: notificationTitle(notification).slice(0, MAX_SUBJECT),
    Message: JSON.stringify({ ...notification, text: notificationText(notification) }),
    MessageAttributes: { id: attribute(id), pipeline: attribute(pipeline), event: attribute(event) },
    ...(topicArn.endsWith('.fifo') ? { MessageGroupId: pipeline, MessageDeduplicationId: id } : {}),
  };
}

interface SnsError {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

function failureOf(error: unknown, fields: Readonly<Record<string, string>>): Error {
  const { name = 'unknown', $metadata } = error as SnsError;
  const status = $metadata?.httpStatusCode;
  const isRefused = status !== undefined && status >= 400 && status < 500 && !/Throttl/i.test(name);
  return isRefused
    ? new PermanentFailure('InvalidPlan', 'Notification was refused: check topic and permissions', {
        ...fields,
        error: name,
      })
    : new TransientFailure('NotifierUnavailable', 'Notification was not delivered', {
        ...fields,
        error: name,
      });
}
