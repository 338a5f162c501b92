import { z } from 'zod';

// Only the fields that Millrace uses; everything else may be there and may change.

/** Amazon S3 User Guide, "Event message structure"; versitygw 1.8 and MinIO send the same shape with other details. */
export const s3RecordSchema = z.object({
  eventSource: z.string(),
  eventName: z.string(),
  s3: z.object({
    bucket: z.object({ name: z.string().min(1) }),
    object: z.object({
      key: z.string().min(1),
      versionId: z.string().nullish(),
      sequencer: z.string().nullish(),
    }),
  }),
});
export type S3Record = z.output<typeof s3RecordSchema>;

/** Amazon S3 User Guide, "EventBridge event message structure". */
export const eventBridgeSchema = z.object({
  source: z.literal('aws.s3'),
  'detail-type': z.string(),
  detail: z.object({
    bucket: z.object({ name: z.string().min(1) }),
    object: z.object({
      key: z.string().min(1),
      'version-id': z.string().nullish(),
      sequencer: z.string().nullish(),
    }),
  }),
});

/** AWS Lambda Developer Guide, "Using Lambda with Amazon SQS". */
export const sqsRecordSchema = z.object({ messageId: z.string().min(1), body: z.string() });

/** AWS Lambda Developer Guide, "Using AWS Lambda with Amazon SNS". */
export const snsRecordSchema = z.object({ Sns: z.object({ Message: z.string() }) });

/** What SNS puts around a message for SQS and HTTP, unless raw delivery is on. */
export const snsNotificationSchema = z.object({ Type: z.literal('Notification'), Message: z.string() });
