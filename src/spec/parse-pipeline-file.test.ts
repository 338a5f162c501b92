import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { PipelinePlan } from '../domain/plan';
import { formatProblems } from './format-problems';
import { parsePipelineFile } from './parse-pipeline-file';
import { digestOf } from '../lake/digest';
import { sqlIdentifiers } from './sql-identifiers';

const INVALID = path.join(__dirname, 'fixtures', 'invalid');
const cases = readdirSync(INVALID).filter((name) => name.endsWith('.yaml'));
const read = (file: string): string => readFileSync(file, 'utf8');

describe('every file of fixtures/invalid is refused with the problems beside it', () => {
  test('there are files to check, and each has its expected problems', () => {
    const expected = readdirSync(INVALID).filter((name) => name.endsWith('.json'));
    expect(cases.length).toBeGreaterThan(45);
    expect(expected.map((name) => name.replace('.json', '.yaml'))).toEqual(cases);
  });

  test.each(cases)('%s', (name) => {
    const text = read(path.join(INVALID, name));
    const parsed = parsePipelineFile(text, name, readBeside);
    const expected = JSON.parse(read(path.join(INVALID, name.replace('.yaml', '.json')))) as unknown;
    expect('problems' in parsed && parsed.problems).toEqual(expected);
    for (const { file, line, column } of 'problems' in parsed ? parsed.problems : []) {
      const lines = (file === name ? text : (readBeside(file) ?? '')).split('\n');
      expect(lines[line - 1]?.length).toBeGreaterThanOrEqual(column - 1);
    }
  });
});

function readBeside(name: string): string | undefined {
  const file = path.join(INVALID, name);
  return existsSync(file) ? read(file) : undefined;
}

const MINIMAL = read(path.join(__dirname, 'fixtures', 'valid-minimal.yaml'));

function planOf(text: string): PipelinePlan {
  const parsed = parsePipelineFile(text, 'pipeline.yaml');
  if ('plan' in parsed) return parsed.plan;
  throw new Error(formatProblems(parsed.problems, () => text));
}

describe('a valid file', () => {
  test('becomes the recorded plan, with every default spelled out', () => {
    const golden = JSON.parse(read(path.join(__dirname, 'fixtures', 'valid-minimal.plan.json'))) as unknown;
    expect(planOf(MINIMAL)).toEqual(golden);
  });

  test('has the recorded digest: runs are pinned to it, so it must not drift', () => {
    expect(digestOf(planOf(MINIMAL))).toBe(
      '1f07de84540d6c7d7d04705d0a7595d8aa9b3330a7120c9323d3061f1e31faa9',
    );
  });

  test('keeps its digest when comments, order of keys and spelled-out defaults change', () => {
    const [version = '', ...rest] = MINIMAL.split('\n');
    const rewritten = ['# same thing', ...rest, 'backup: { enabled: true }', version].join('\n');
    expect(digestOf(planOf(rewritten))).toBe(digestOf(planOf(MINIMAL)));
  });

  test('gets another digest when anything that matters changes', () => {
    const changed = MINIMAL.replace('days: 30', 'days: 31');
    expect(digestOf(planOf(changed))).not.toBe(digestOf(planOf(MINIMAL)));
  });

  test('gives a plan that is frozen to the bottom and survives JSON', () => {
    const plan = planOf(MINIMAL);
    expect(Object.isFrozen(plan.training.hyperparameters)).toBe(true);
    expect(Object.isFrozen(plan.windows[0]?.over)).toBe(true);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  test('may use anchors and aliases', () => {
    const text = MINIMAL.replace('key: [order_id]', 'key: &id [order_id]').replace(
      '- not_null: [order_id, customer]',
      '- unique: *id',
    );
    expect(planOf(text).expectations[0]).toMatchObject({ kind: 'unique', columns: ['order_id'] });
  });

  test('keeps words that YAML 1.1 would have turned into booleans', () => {
    const text = MINIMAL.replace(
      'between: { column: amount, min: 0 }',
      'in_set: { column: country, values: [NO, on] }',
    );
    expect(planOf(text).expectations.at(-1)).toMatchObject({ values: ['NO', 'on'] });
  });
});

describe('the flights example', () => {
  const text = read(path.join(process.cwd(), 'examples', 'flights', 'pipeline.yaml'));

  test('is a valid file that fits on two screens', () => {
    expect(planOf(text).pipeline).toBe('flights');
    expect(text.split('\n').length).toBeLessThan(100);
  });

  test('lists the columns of the published data set in their order', () => {
    expect(
      planOf(text)
        .columns.map(({ name }) => name)
        .join(','),
    ).toBe(
      'year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier,flight,tailnum,' +
        'origin,dest,air_time,distance,hour,minute,time_hour',
    );
  });

  test('predicts only from what is known before departure', () => {
    const afterwards = ['dep_time', 'dep_delay', 'arr_time', 'arr_delay', 'air_time'];
    const used = planOf(text).features.flatMap(({ sql }) => sqlIdentifiers(sql));
    expect(used.filter((name) => afterwards.includes(name))).toEqual([]);
    expect(used).toContain('carrier');
  });
});
