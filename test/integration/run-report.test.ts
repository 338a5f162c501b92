import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { createReportActivity } from '../../src/activities/publish-report';
import type { PublishedReport, PublishReportInput } from '../../src/contracts/activities/stages';
import { INITIAL_STAGES } from '../../src/domain/run-report';
import type { RunHistory } from '../../src/domain/run-history';
import { lakeLayout } from '../../src/domain/lake-layout';
import { parseS3Uri } from '../../src/domain/s3-uri';
import { readDocument } from '../../src/lake/documents';
import { readBytes } from '../../src/lake/streams';
import type { RunFacts } from '../../src/report/run-facts';
import { findChromium } from '../support/chromium';
import { LAKE, openLake, type Lake } from './data-fixture';
import { makeTrips, TRIPS_PLAN, tripLine } from './data-trips';

const HEADER = 'id,line,started,minutes,day,express,booked';
/** What somebody could put into a feed who knows that it is shown on a page. */
const HOSTILE = [
  '<script>document.title="hacked"</script>',
  '<img src=x onerror="document.title=\'hacked\'">',
  '</style></title><svg onload=alert(1)>',
  '"><a href=javascript:alert(1)>x</a>',
  '<style>@import url(http://evil.invalid/x.css);</style>',
];

let lake: Lake;
let directory: string;
beforeAll(async () => {
  lake = await openLake();
  directory = await mkdtemp(join(tmpdir(), 'millrace-report-'));
});
afterAll(async () => {
  await lake.close();
  await rm(directory, { recursive: true });
});

/** Any line is allowed, so that hostile ones are accepted, too; bad minutes are set aside with their text. */
const PLAN = {
  ...TRIPS_PLAN,
  expectations: TRIPS_PLAN.expectations.filter(({ kind }) => kind === 'between' || kind === 'row_count'),
};

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** Validates, transforms and reports on one batch, as a run does. */
async function report(
  runId: string,
  day: string,
  hostile: readonly string[],
): Promise<{ readonly input: PublishReportInput; readonly published: PublishedReport }> {
  const good = makeTrips(day, 3, 20).map(tripLine);
  const accepted = hostile.map(
    (line, i) => `${900 + i},${quoted(line)},${day}T00:00:00Z,5,1,true,01.01.2024`,
  );
  const rejected = hostile.map(
    (text, i) => `${950 + i},A,${day}T00:00:00Z,${quoted(text)},1,true,01.01.2024`,
  );
  const batch = await lake.land(PLAN, [`${[HEADER, ...good, ...accepted, ...rejected].join('\n')}\n`]);
  const validated = await lake.validate(batch);
  const tables = await lake.transform(batch, validated.accepted!);
  const input: PublishReportInput = {
    run: batch.run,
    workflowId: `run/trips/${runId}`,
    runId,
    startedAt: `${day}T12:00:00.000Z`,
    endedAt: `${day}T12:00:09.000Z`,
    trigger: 'event',
    summary: {
      pipeline: 'trips',
      verdict: 'not_trained',
      reasons: hostile.slice(0, 1),
      planDigest: batch.run.planDigest,
      batchDigest: batch.run.batchDigest,
      objects: 1,
      rows: validated.rows,
      quarantinedRows: validated.quarantinedRows,
      stages: INITIAL_STAGES,
    },
    findings: {
      manifest: batch.manifest,
      quality: validated.report,
      profile: validated.profile!,
      clean: tables.clean,
      features: tables.features,
    },
  };
  return { input, published: await createReportActivity(lake.deps)(input) };
}

const factsOf = async ({ json }: PublishedReport): Promise<RunFacts> =>
  (await readDocument<RunFacts>(lake.store, parseS3Uri(json.uri))).value;
const pageOf = async ({ html }: PublishedReport): Promise<string> => {
  const { bytes } = await readBytes(lake.store, parseS3Uri(html.uri), 10_000_000);
  return Buffer.from(bytes).toString('utf8');
};

let second: Awaited<ReturnType<typeof report>>;

test('the facts compare a batch with the last accepted one and show the features of its days', async () => {
  const first = await report('one', '2024-01-01', []);
  const before = await factsOf(first.published);
  expect(before.batchDrift).toBeUndefined();
  expect(before.features).toMatchObject({ from: '2024-01-01', to: '2024-01-03', partitions: 3 });
  second = await report('two', '2024-01-04', HOSTILE);
  const facts = await factsOf(second.published);
  expect(facts.batchDrift?.before).toEqual(before.profile);
  expect(facts.features).toMatchObject({ from: '2024-01-04', to: '2024-01-06', partitions: 3 });
  const labelled = makeTrips('2024-01-04', 3, 20).filter(({ minutes }) => typeof minutes === 'number');
  expect(facts.features?.profile.rows).toBe(labelled.length + HOSTILE.length);
  expect(facts.history.map(({ runId, rows }) => [runId, rows])).toEqual([
    ['one', 60],
    ['two', 70],
  ]);
}, 60_000);

test('a second attempt finds the report of the first, and counts the run once', async () => {
  expect(await createReportActivity(lake.deps)(second.input)).toEqual(second.published);
  const { value } = await readDocument<RunHistory>(lake.store, {
    bucket: LAKE,
    key: lakeLayout.runHistory('trips'),
  });
  expect(value.runs.map(({ runId }) => runId)).toEqual(['one', 'two']);
});

test('a run that came to nothing has a report, too', async () => {
  const { summary, ...input } = second.input;
  const published = await createReportActivity(lake.deps)({
    ...input,
    runId: 'three',
    summary: { ...summary, verdict: 'failed', rows: 0, quarantinedRows: 0 },
    findings: {},
  });
  expect(await pageOf(published)).toContain('<h1>Failed</h1>');
});

test('the page holds no markup from values and fits into a megabyte', async () => {
  const page = await pageOf(second.published);
  for (const text of HOSTILE) expect(page).not.toContain(text);
  expect(page).toContain('&lt;script&gt;document.title=');
  expect(page.length).toBeLessThan(1_000_000);
});

const browserPath = findChromium();
// Counted as skipped where no Chromium is on the PATH.
(browserPath === undefined ? describe.skip : describe)('the page in a real browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    await writeFile(join(directory, 'report.html'), await pageOf(second.published));
    browser = await chromium.launch({
      ...(browserPath === undefined ? {} : { executablePath: browserPath }),
      args: ['--no-sandbox', '--disable-background-networking'],
    });
  }, 60_000);
  afterAll(() => browser.close());

  const open = async (
    options: BrowserContextOptions,
  ): Promise<{ readonly page: Page; readonly noise: readonly string[] }> => {
    const page = await (await browser.newContext(options)).newPage();
    const noise: string[] = [];
    page.on('console', (message) => noise.push(message.text()));
    page.on('pageerror', (error) => noise.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) noise.push(request.url());
    });
    await page.goto(pathToFileURL(join(directory, 'report.html')).href);
    return { page, noise };
  };

  test.each(['light', 'dark'] as const)(
    'says the verdict first, quietly, in %s',
    async (colorScheme) => {
      const { page, noise } = await open({ colorScheme, viewport: { width: 1200, height: 800 } });
      await page.locator('h1').waitFor({ state: 'visible' });
      expect(await page.locator('h1').textContent()).toBe('Accepted, not trained');
      expect(await page.title()).toBe('Accepted, not trained: trips 2024-01-04');
      expect(await page.locator('script, img, a, link, iframe').count()).toBe(0);
      expect(await page.locator('svg').count()).toBeGreaterThan(5);
      const [paper, bar] = await page.evaluate<readonly string[]>(`[
      getComputedStyle(document.body).backgroundColor,
      getComputedStyle(document.querySelector('.card svg path[fill^="var(--now"]')).fill,
    ]`);
      const colors = {
        light: ['rgb(246, 247, 249)', 'rgb(58, 111, 216)'],
        dark: ['rgb(16, 21, 28)', 'rgb(107, 155, 244)'],
      };
      expect([paper, bar]).toEqual(colors[colorScheme]);
      expect(noise).toEqual([]);
    },
    60_000,
  );

  test('fits a phone without scrolling sideways, and goes on paper', async () => {
    const { page, noise } = await open({ viewport: { width: 390, height: 800 } });
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(390);
    const paper = await page.pdf({ format: 'A4', printBackground: true });
    expect(paper.subarray(0, 5).toString()).toBe('%PDF-');
    expect(noise).toEqual([]);
  }, 60_000);
});
