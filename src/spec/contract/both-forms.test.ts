import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { stringify } from 'yaml';
import type { PipelinePlan } from '../../domain/plan';
import { parsePipelineFile } from '../parse-pipeline-file';

const COLUMNS = {
  id: 'integer',
  label: 'string',
  amount: 'double',
  at: 'timestamp',
  day: 'date',
  flag: 'boolean',
} as const;
type Column = keyof typeof COLUMNS;
const LOGICAL = { double: 'number' } as Readonly<Record<string, string>>;

const REST = {
  version: 1,
  pipeline: 'shop',
  eventTime: 'at',
  label: { name: 'y', sql: 'flag' },
  features: ['amount'],
  training: { task: 'binary_classification', metric: 'auc', holdoutDays: 7 },
};

function planOf(file: object): PipelinePlan {
  const parsed = parsePipelineFile(stringify(file), 'pipeline.yaml');
  if ('plan' in parsed) return parsed.plan;
  throw new Error(JSON.stringify(parsed.problems, null, 1));
}

type Item = Readonly<Record<string, unknown>>;

/** One check: as an item of `expectations`, and as the contract says it, at a property or at the table. */
interface Said {
  readonly item: Item;
  readonly property?: Column;
  readonly quality?: Item;
  readonly keys?: Item;
}

const onFail = fc.constantFrom({}, { onFail: 'block' }, { onFail: 'quarantine' }, { onFail: 'warn' });
const text = fc.stringMatching(/^[A-Z]{1,4}$/);
const numbers = fc
  .tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 50 }))
  .map(([low, width]) => ({ min: low, max: low + width }));

const said: fc.Arbitrary<Said> = fc.oneof(
  fc.tuple(fc.constantFrom<Column>('label', 'amount', 'day'), onFail).map(([column, action]): Said => ({
    item: { not_null: [column], ...action },
    property: column,
    quality: { metric: 'nullValues', mustBe: 0, ...action },
  })),
  fc.constantFrom<Column>('label', 'amount').map((column): Said => ({
    item: { not_null: [column] },
    property: column,
    keys: { required: true },
  })),
  fc.constantFrom<Column>('label', 'day').map((column): Said => ({
    item: { unique: [column] },
    property: column,
    keys: { unique: true },
  })),
  onFail.map((action): Said => ({
    item: { unique: ['label', 'day'], ...action },
    quality: { metric: 'duplicateValues', arguments: { properties: ['label', 'day'] }, mustBe: 0, ...action },
  })),
  numbers.map(({ min, max }): Said => ({
    item: { between: { column: 'amount', min, max } },
    property: 'amount',
    keys: { logicalTypeOptions: { minimum: min, maximum: max } },
  })),
  fc.tuple(fc.uniqueArray(text, { minLength: 1 }), onFail).map(([values, action]): Said => ({
    item: { in_set: { column: 'label', values }, ...action },
    property: 'label',
    quality: { metric: 'invalidValues', arguments: { validValues: values }, mustBe: 0, ...action },
  })),
  fc.tuple(text, onFail).map(([pattern, action]): Said => ({
    item: { matches: { column: 'label', pattern }, ...action },
    property: 'label',
    quality: { metric: 'invalidValues', arguments: { pattern }, mustBe: 0, ...action },
  })),
  fc.nat(1000).map((min): Said => ({
    item: { row_count: { min } },
    quality: { metric: 'rowCount', mustBeGreaterOrEqualTo: min },
  })),
  numbers.map(({ min, max }): Said => ({
    item: { row_count: { min: min + 50, max: max + 50 }, onFail: 'warn' },
    quality: {
      metric: 'rowCount',
      mustBeBetween: [min + 50, max + 50],
      customProperties: [{ property: 'onFail', value: 'warn' }],
    },
  })),
  fc.nat(99).map((limit): Said => {
    const item = { mean: { column: 'amount' }, mustBeLessThan: limit, severity: 'warning' };
    return { item, quality: { type: 'custom', engine: 'millrace', implementation: item } };
  }),
);

const nameOf = ({ item }: Said): string => {
  const [kind, of] = Object.entries(item)[0] ?? ['', undefined];
  return `${kind} ${JSON.stringify((of as { readonly column?: string }).column ?? (kind === 'row_count' ? '' : of))}`;
};

function contractOf(rules: readonly Said[]): object {
  const properties = Object.entries(COLUMNS).map(([name, type]) => {
    const own = rules.filter(({ property }) => property === name);
    const quality = own.flatMap((rule) => rule.quality ?? []);
    return {
      name,
      logicalType: LOGICAL[type] ?? type,
      ...(name === 'id' && { primaryKey: true, primaryKeyPosition: 2 }),
      ...(name === 'at' && { primaryKey: true, primaryKeyPosition: 1 }),
      ...Object.fromEntries(own.flatMap(({ keys }) => Object.entries(keys ?? {}))),
      ...(quality.length > 0 && { quality }),
    };
  });
  const quality = rules.flatMap((rule) => (rule.property ? [] : (rule.quality ?? [])));
  const identity = {
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: 'c',
    version: '1.0.0',
    status: 'active',
  };
  return { ...identity, schema: [{ name: 'orders', properties, ...(quality.length > 0 && { quality }) }] };
}

test('a check means the same as an item of `expectations` and in the words of the contract', () => {
  fc.assert(
    fc.property(fc.uniqueArray(said, { selector: nameOf, maxLength: 8 }), (rules) => {
      const short = planOf({
        ...REST,
        columns: COLUMNS,
        key: ['at', 'id'],
        expectations: rules.map(({ item }) => item),
      });
      const { contract, ...long } = planOf({ ...REST, contract: contractOf(rules) });
      const byName = (plan: Pick<PipelinePlan, 'expectations'>): unknown =>
        plan.expectations.toSorted((left, right) => left.name.localeCompare(right.name));
      expect(contract).toEqual({ id: 'c', version: '1.0.0' });
      expect(byName(long)).toEqual(byName(short));
      expect({ ...long, expectations: [] }).toEqual({ ...short, expectations: [] });
    }),
    { numRuns: 200, seed: 1 },
  );
});

test('a contract in a file of its own is the same as one in the pipeline file', () => {
  const document = contractOf([]);
  const inline = planOf({ ...REST, contract: document });
  const parsed = parsePipelineFile(stringify({ ...REST, contract: 'c.odcs.yaml' }), 'p.yaml', (name) =>
    name === 'c.odcs.yaml' ? stringify(document) : undefined,
  );
  expect(parsed).toEqual({ plan: inline });
});

test('service levels, text and checks of other engines are taken as they are', () => {
  const document = {
    ...contractOf([]),
    slaProperties: [
      { property: 'latency', value: 4, unit: 'd', element: 'orders.at' },
      { property: 'retention', value: 3, unit: 'y' },
    ],
    team: { name: 'anything' },
  };
  const plan = planOf({ ...REST, contract: document });
  expect(plan.expectations).toEqual([
    {
      kind: 'freshness',
      name: 'freshness(at)',
      column: 'at',
      onFail: 'warn',
      requirement: { operator: 'mustBeLessOrEqualTo', value: [4], unit: 'days' },
    },
  ]);
});

test('the example of the flights is in the words of the standard', () => {
  const text_ = readFileSync(path.join(process.cwd(), 'examples', 'flights', 'pipeline.yaml'), 'utf8');
  const parsed = parsePipelineFile(text_, 'pipeline.yaml');
  expect('plan' in parsed && parsed.plan.contract).toEqual({ id: 'flights', version: '1.0.0' });
});
