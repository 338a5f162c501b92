import { parsePipelineFile } from '../spec/parse-pipeline-file';
import { compileRules } from './rules';

const FILE = `
version: 1
pipeline: shop
columns: { id: integer, at: timestamp, shop: string, amount: double, op: string }
key: [id]
eventTime: at
delete: { column: op, values: [D] }
expectations:
  - not_null: [amount]
  - references: { columns: [shop], to: { pipeline: shops, columns: [name] } }
label: { name: big, sql: amount > 10 }
features: [shop]
training: { task: binary_classification, metric: auc, holdoutDays: 7 }
`;

const parsed = parsePipelineFile(FILE, 'shop.yaml');
if (!('plan' in parsed)) throw new Error(JSON.stringify(parsed.problems));
const { rowRules } = compileRules(parsed.plan, { lakeBucket: 'acme' });
const rule = (name: string): (typeof rowRules)[number] => rowRules.find((item) => item.name === name)!;

describe('the rules of a plan', () => {
  it('print queries that read the lake where it is', () => {
    expect(rowRules.find(({ kind }) => kind === 'references')?.reads).toContain(
      `delta_scan('s3://acme/tables/shops/clean')`,
    );
  });

  it('look at deletes only where these need a value', () => {
    expect(rule('not_null(amount)').violated).toContain('AND NOT');
    expect(rule('required(id)').violated).not.toContain('AND NOT');
    expect(rule('required(at)').violated).not.toContain('AND NOT');
  });

  it('say what they expect, beside what is wrong', () => {
    expect(rule('not_null(amount)')).toMatchObject({ message: 'no value', expected: 'a value' });
    expect(rule('type(amount)')).toMatchObject({
      message: 'not a finite double',
      expected: 'a finite double',
    });
  });

  it('watch integers that become doubles as they are: in numeric features, labels and windows', () => {
    const file = FILE.replace(
      'amount: double',
      'amount: double, a: integer, b: integer, c: integer, d: integer',
    )
      .replace('sql: amount > 10', 'sql: a')
      .replace(
        'features: [shop]',
        `features: [shop, { name: cc, kind: numeric, sql: '"c"' }, { name: twice, kind: numeric, sql: d * 2 }, { name: id_text, kind: categorical, sql: id }]
windows:
  - { name: most, over: [shop], days: 7, max: b }
  - { name: many, over: [shop], days: 7, count: d }`,
      );
    const widened = parsePipelineFile(file, 'shop.yaml');
    if (!('plan' in widened)) throw new Error(JSON.stringify(widened.problems));
    const found = compileRules(widened.plan, { lakeBucket: 'acme' }).rowRules;
    expect(found.flatMap(({ kind, columns }) => (kind === 'exact' ? columns : []))).toEqual(['a', 'b', 'c']);
  });
});
