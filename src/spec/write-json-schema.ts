import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildPipelineJsonSchema } from './json-schema';

// `npm run generate`; a test fails when the committed file is not what this writes.
const target = path.join(process.cwd(), 'schemas', 'pipeline.schema.json');
mkdirSync(path.dirname(target), { recursive: true });
writeFileSync(target, `${JSON.stringify(buildPipelineJsonSchema(), null, 2)}\n`);
