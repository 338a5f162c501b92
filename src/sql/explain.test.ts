import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePipelineFile } from '../spec/parse-pipeline-file';
import { explainPlan } from './explain';

const GOLDEN = join(__dirname, 'fixtures', 'flights.sql');
const EXAMPLE = join(__dirname, '../../examples/flights/pipeline.yaml');

describe('explainPlan', () => {
  const parsed = parsePipelineFile(readFileSync(EXAMPLE, 'utf8'), EXAMPLE);
  if (!('plan' in parsed)) throw new Error('the flights example does not parse');
  const text = explainPlan(parsed.plan);

  it('compiles the flights example to the reviewed SQL (MILLRACE_UPDATE_GOLDEN=1 writes it anew)', () => {
    if (process.env['MILLRACE_UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  it('is the same text every time', () => {
    expect(explainPlan(structuredClone(parsed.plan))).toBe(text);
  });
});
