import type { PipelinePlan } from '../../src/domain/plan';
import type { QualityReport } from '../../src/domain/quality-report';
import { parseS3Uri } from '../../src/domain/s3-uri';
import type { ValidateResult } from '../../src/domain/stage';
import { readDocument } from '../../src/lake/documents';
import { canReadPlainly } from '../../src/sql/plain-rows';
import { compileRules } from '../../src/sql/rules';
import { createRandom } from '../support/seeded-random';
import { openLake, type LandedFile, type Row } from './data-fixture';
import { TRIPS_PLAN } from './data-trips';

const ROWS = 130_000;
const HEADER = 'id,line,started,minutes,day,express,booked,more';

const PLAN: PipelinePlan = {
  ...TRIPS_PLAN,
  columns: [...TRIPS_PLAN.columns, { name: 'more', type: 'integer' }],
  expectations: TRIPS_PLAN.expectations.filter(({ kind }) => kind !== 'matches'),
};
/** A rule about the text of a cell that nothing breaks: then every row is looked at closely. */
const CLOSELY: PipelinePlan = {
  ...PLAN,
  expectations: [
    ...PLAN.expectations,
    { name: 'never', kind: 'not_missing', column: 'express', values: ['never'], onFail: 'quarantine' },
  ],
};
/** Rows that break it are accepted all the same. */
const WARNING: PipelinePlan['expectations'][number] = {
  name: 'between(day)',
  kind: 'between',
  column: 'day',
  min: 2,
  onFail: 'warn',
};

/** Good rows, and now and then a cell that is hard to read, or one that breaks a rule. */
function trips(odd: readonly (readonly [number, string])[], seed: number): string {
  const random = createRandom(seed);
  const records = Array.from({ length: ROWS }, (_unused, index) => {
    const hour = String(Math.floor(random() * 24)).padStart(2, '0');
    const minutes = (random() * 60).toFixed(random() < 0.5 ? 0 : 3);
    const cells = [`${index}`, 'AB'[index % 2], `2024-01-0${1 + (index % 9)}T${hour}:00:00Z`, minutes, '7'];
    const record = [
      ...cells,
      'true',
      '31.12.2023',
      random() < 0.1 ? 'NA' : `${Math.floor(random() * 99) - 50}`,
    ];
    if (random() < 0.01) {
      const [column, cell] = odd[Math.floor(random() * odd.length)] ?? [0, ''];
      record[column] = cell;
    }
    return record.join(',');
  });
  return `${HEADER}\n${records.join('\n')}\n`;
}

const REJECTED: readonly (readonly [number, string])[] = [
  ...['1.5', '1e3', '9223372036854775808', '-', '--1', '1-', '- 1', '0x1', 'nA', '١'].map(
    (cell) => [7, cell] as const,
  ),
  ...['', 'NA', 'Z'].map((cell) => [1, cell] as const),
  ...['1001', '-1', 'nan', 'inf'].map((cell) => [3, cell] as const),
  [2, '2024-13-01T00:00:00Z'],
  [6, '30.02.2024'],
  [7, '1,2'],
  [0, ''],
];
const ACCEPTED: readonly (readonly [number, string])[] = [
  ...['+5', '007', '-0', '999999999999999999', '9223372036854775807', '-9223372036854775808'].map(
    (cell) => [7, cell] as const,
  ),
  ...['"C, D"', '"A"'].map((cell) => [1, cell] as const),
  ...['', 'NA', '1e1', '-0.0'].map((cell) => [3, cell] as const),
  [7, `${'0'.repeat(30)}1`],
  [4, '1'],
];

describe('rows whose cells need no closer look', () => {
  interface Validated {
    readonly result: ValidateResult;
    readonly accepted: readonly Row[];
    readonly rejected: readonly Row[];
    readonly report: QualityReport;
  }

  const validate = async (
    plan: PipelinePlan,
    files: readonly LandedFile[],
    threads = 2,
  ): Promise<Validated> => {
    const lake = await openLake(undefined, { engineOptions: { memoryLimitMegabytes: 512, threads } });
    try {
      const result = await lake.validate(await lake.land(plan, files));
      const values = PLAN.columns.map(({ name }) => `'${name}': ${name}`).join(', ');
      const row = `CAST({'$object': "$object", '$line': "$line", ${values}} AS VARCHAR)`;
      return {
        result,
        accepted: await lake.parquetRows(
          result.accepted!,
          `count(*) AS rows, md5(string_agg(${row}, ' ' ORDER BY "$object", "$line")) AS digest`,
        ),
        rejected: await lake.parquetRows(result.quarantine!, 'line, raw, reasons'),
        report: (await readDocument<QualityReport>(lake.store, parseS3Uri(result.report.uri))).value,
      };
    } finally {
      await lake.close();
    }
  };

  const ordinary = (line: string): string => `${HEADER}\n${line}\n`;

  it('are told apart where no rule looks at the text of a cell', () => {
    const can = (plan: PipelinePlan) => canReadPlainly(plan, compileRules(plan, { lakeBucket: 'lake' }));
    expect([can(PLAN), can(CLOSELY)]).toEqual([true, false]);
    const withNulls = (nullValues: readonly string[]): PipelinePlan => ({
      ...PLAN,
      source: { ...PLAN.source, csv: { ...PLAN.source.csv, nullValues } },
    });
    expect([['NA'], ['', '-9'], ['', '"'], []].map((nulls) => can(withNulls(nulls)))).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it.each([
    ['only bad rows among them', REJECTED, PLAN.expectations],
    ['good and bad rows among them', [...REJECTED, ...ACCEPTED], PLAN.expectations],
    ['rows that a tolerant rule finds', [...REJECTED, [4, '1'] as const], [...PLAN.expectations, WARNING]],
  ])('give what a closer look gives: %s', async (_name, odd, expectations) => {
    const files = [trips(odd, 1), ordinary('1,A,2024-02-01T00:00:00Z,1,1,true,31.12.2023,1'), trips(odd, 2)];
    const never = CLOSELY.expectations.at(-1)!;
    const plain = await validate({ ...PLAN, expectations }, files);
    const closely = await validate({ ...PLAN, expectations: [...expectations, never] }, files);
    expect(plain.result.quarantinedRows).toBeGreaterThan(100);
    expect(plain.accepted).toEqual(closely.accepted);
    expect(plain.rejected).toEqual(closely.rejected);
    expect(plain.result.profile!.sha256).toBe(closely.result.profile!.sha256);
    expect({ ...plain.report, expectations: [] }).toEqual({ ...closely.report, expectations: [] });
    // The queries name versions of objects, which differ.
    const counts = ({ report }: Validated) =>
      report.expectations.filter(({ name }) => name !== 'never').map((one) => ({ ...one, query: '' }));
    expect(counts(plain)).toEqual(counts(closely));
  });

  it('give equal bytes with any number of threads', async () => {
    const files = [trips(REJECTED, 3), trips(REJECTED, 4)];
    const [one, four] = [await validate(PLAN, files, 1), await validate(PLAN, files, 4)];
    expect(one.result.accepted!.sha256).toBe(four.result.accepted!.sha256);
  });
});
