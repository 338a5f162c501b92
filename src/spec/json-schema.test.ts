import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildPipelineJsonSchema, type JsonSchemaNode } from './json-schema';
import { knownKeys } from './known-keys';

test('the committed schema is what the generator writes: run `npm run generate` after a change', () => {
  const committed = readFileSync(path.join(process.cwd(), 'schemas', 'pipeline.schema.json'), 'utf8');
  expect(committed).toBe(`${JSON.stringify(buildPipelineJsonSchema(), null, 2)}\n`);
});

test('every key has a description, so that editors show help everywhere', () => {
  const undescribed = (node: JsonSchemaNode, at: string): readonly string[] => [
    ...Object.entries(node.properties ?? {}).flatMap(([name, child]) => [
      ...(child.description ? [] : [`${at}.${name}`]),
      ...undescribed(child, `${at}.${name}`),
    ]),
    ...[...(node.anyOf ?? []), ...(node.items ? [node.items] : [])].flatMap((child) =>
      undescribed(child, at),
    ),
    ...(typeof node.additionalProperties === 'object'
      ? undescribed(node.additionalProperties, `${at}.*`)
      : []),
  ];
  expect(undescribed(buildPipelineJsonSchema(), '')).toEqual([]);
});

test('known keys are found through lists, choices and free names', () => {
  expect(knownKeys(['windows', 0])).toContain('over');
  expect(knownKeys(['features', 2])).toEqual(['name', 'sql', 'kind']);
  expect(knownKeys(['columns', 'anything'])).toEqual([
    'type',
    'format',
    'precision',
    'scale',
    'path',
    'timezone',
    'ambiguous',
  ]);
  expect(knownKeys(['columns'])).toEqual([]);
});
