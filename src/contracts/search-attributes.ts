import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** Registered on the server as Keyword; `millrace up` does it for the local stack. */
export const SEARCH_ATTRIBUTES = {
  pipeline: defineSearchAttributeKey('MillracePipeline', SearchAttributeType.KEYWORD),
  stage: defineSearchAttributeKey('MillraceStage', SearchAttributeType.KEYWORD),
  modelVersion: defineSearchAttributeKey('MillraceModelVersion', SearchAttributeType.KEYWORD),
  trigger: defineSearchAttributeKey('MillraceTrigger', SearchAttributeType.KEYWORD),
  verdict: defineSearchAttributeKey('MillraceVerdict', SearchAttributeType.KEYWORD),
} as const;
