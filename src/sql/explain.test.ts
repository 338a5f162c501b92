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

  it('shows the query of a window with the rows that it sees in place of the history', () => {
    const sql = 'SELECT sum(distance) FROM history h';
    const own = { name: 'own', over: ['carrier'], days: 30, aggregate: 'query' as const, sql };
    const shown = explainPlan({ ...parsed.plan, windows: [own] }).replace(/\s+/g, ' ');
    expect(shown).toContain(
      `SELECT list_aggregate(list_sort(list(CAST(distance AS DOUBLE))), 'fsum') FROM ( ` +
        `SELECT "distance", "days_ago" FROM "$visible" ` +
        `WHERE "$visible"."_over_carrier" IS NOT DISTINCT FROM "$own"."_over_carrier" ` +
        `AND "$visible"."$seen_on" = "$own"."$day" ` +
        `AND "$visible"."$day" BETWEEN DATE '2013-01-31' - 30 AND DATE '2013-01-31' - 1 ) h`,
    );
  });
});
