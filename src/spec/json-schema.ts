import { z } from 'zod';
import { pipelineSchema } from './schema/pipeline-schema';

export interface JsonSchemaNode {
  readonly [keyword: string]: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchemaNode>>;
  readonly additionalProperties?: boolean | JsonSchemaNode;
  readonly items?: JsonSchemaNode;
  readonly anyOf?: readonly JsonSchemaNode[];
}

/** JSON Schema of the pipeline file: help and completion in editors, key names for our own messages. */
export function buildPipelineJsonSchema(): JsonSchemaNode {
  const { $schema, ...schema } = z.toJSONSchema(pipelineSchema, { io: 'input', target: 'draft-07' });
  return {
    $schema,
    $id: 'pipeline.schema.json',
    title: 'Millrace pipeline',
    description: 'One machine-learning pipeline, from landed files to a served and backed-up model.',
    ...schema,
  } as JsonSchemaNode;
}
