// Small batches of trips, written by hand and judged by the rules of a test.
import type { Expectation, PipelinePlan } from '../../src/domain/plan';
import type { ExpectationReport, QualityReport } from '../../src/domain/quality-report';
import { parseS3Uri } from '../../src/domain/s3-uri';
import type { ValidateResult } from '../../src/domain/stage';
import { readDocument } from '../../src/lake/documents';
import type { Lake } from './data-fixture';
import { TRIPS_HEADER, TRIPS_PLAN } from './data-trips';

export const tripRow = (id: number, line: string, minutes: number | string, day = 1): string =>
  `${id},${line},2024-01-01T00:00:00Z,${minutes},${day},true,31.12.2023`;

export const csvOf = (...lines: readonly string[]): string => `${[TRIPS_HEADER, ...lines].join('\n')}\n`;

/** The trips with these rules alone; however many rows break them, the batch is accepted. */
export const planWith = (...expectations: readonly Expectation[]): PipelinePlan => ({
  ...TRIPS_PLAN,
  expectations,
  quarantine: { maxPercent: 100 },
});

export interface Judged {
  readonly result: ValidateResult;
  readonly report: QualityReport;
  readonly rule: (name: string) => ExpectationReport;
}

export async function judgeTrips(lake: Lake, plan: PipelinePlan, files: readonly string[]): Promise<Judged> {
  const result = await lake.validate(await lake.land(plan, files));
  const { value: report } = await readDocument<QualityReport>(lake.store, parseS3Uri(result.report.uri));
  return { result, report, rule: (name) => report.expectations.find((item) => item.name === name)! };
}
