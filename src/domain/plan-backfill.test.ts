import type { BatchFacts } from './backfill';
import type { DaySpan } from './period';
import { MAX_BACKFILL_ITEMS, planBackfill, planFollowUp, type BackfillTerms } from './plan-backfill';

const TERMS: BackfillTerms = { isVersioned: false, concurrency: 2, typicalSeconds: 10, trainingSeconds: 60 };
const WISH = { from: '2013-01-01', to: '2013-12-31' };

const day = (text: string, to = text): DaySpan => ({ from: `2013-${text}`, to: `2013-${to}` });

function batch(id: string, more: Partial<BatchFacts> = {}): BatchFacts {
  return {
    id,
    batch: `batch-${id}`,
    state: 'accepted',
    changed: [],
    landedAt: `2014-01-${id}T00:00:00Z`,
    mergedAs: Number(id),
    objects: 1,
    bytes: 100,
    rows: 10,
    reuses: [],
    ...more,
  };
}
const stale = { changed: ['validate.plan.columns'] };

const kinds = (plan: ReturnType<typeof planBackfill>): readonly string[] =>
  plan.items.map(({ id, kind, method }) => `${id} ${kind} ${method}`);

test('what is up to date is left out; failed, missing and stale ones come in the order they landed', () => {
  const facts = [
    batch('04', { state: 'missing', landedAt: '2013-05-01T00:00:00Z' }),
    batch('03', { ...stale, days: day('01-03') }),
    batch('01', { days: day('01-01') }),
    batch('02', { state: 'failed', reason: 'store is down', days: day('01-02') }),
  ];
  const plan = planBackfill(facts, WISH, TERMS);
  expect(kinds(plan)).toEqual(['04 missing new', '02 failed same', '03 stale again']);
  expect(plan.items[1]?.because).toBe('store is down');
  expect(plan.items[2]?.because).toBe('changed since: validate.plan.columns');
});

test.each([
  ['failed', ['02 failed same']],
  ['missing', ['04 missing new']],
  ['stale', ['03 stale again']],
] as const)('--only %s takes only those', (only, expected) => {
  const facts = [
    batch('02', { state: 'failed', days: day('01-02') }),
    batch('03', { ...stale, days: day('01-03') }),
    batch('04', { state: 'missing', landedAt: '2013-05-01T00:00:00Z' }),
  ];
  expect(kinds(planBackfill(facts, { ...WISH, only }, TERMS))).toEqual(expected);
});

test('the range is over the days of the rows, and over the day of landing where no row was ever read', () => {
  const facts = [
    batch('01', { ...stale, days: day('01-30', '02-02') }),
    batch('02', { ...stale, days: day('03-01') }),
    batch('03', { state: 'missing', landedAt: '2013-02-28T23:59:59Z' }),
    batch('04', { state: 'missing', landedAt: '2013-03-01T00:00:00Z' }),
  ];
  const plan = planBackfill(facts, { from: '2013-02-01', to: '2013-02-28' }, TERMS);
  expect(kinds(plan)).toEqual(['03 missing new', '01 stale again']);
});

test('a batch that landed later and holds rows of the same days is merged again after the older one', () => {
  const facts = [
    batch('01', { ...stale, days: day('01-01', '01-10') }),
    batch('02', { days: day('01-10', '01-12') }),
    // Only through 02.
    batch('03', { days: day('01-12') }),
    batch('04', { days: day('01-13') }),
  ];
  const plan = planBackfill(facts, { from: '2013-01-01', to: '2013-01-01' }, TERMS);
  expect(kinds(plan)).toEqual(['01 stale again', '02 newer again', '03 newer again']);
  expect(plan.items.map(({ after }) => after)).toEqual([[], [0], [1]]);
});

test('with a declared version of rows the order does not matter: nothing else is merged again, nothing waits', () => {
  const facts = [
    batch('01', { ...stale, days: day('01-01', '01-10') }),
    batch('02', { ...stale, days: day('01-10') }),
    batch('03', { days: day('01-10') }),
  ];
  const plan = planBackfill(facts, WISH, { ...TERMS, isVersioned: true });
  expect(plan.items.map(({ id, after }) => [id, after])).toEqual([
    ['01', []],
    ['02', []],
  ]);
});

test('a rejected batch is replayed when something has changed since, and left alone when nothing has', () => {
  const facts = [
    batch('01', { state: 'rejected', changed: ['validate.plan.expectations.0'] }),
    batch('02', { state: 'rejected' }),
  ];
  const plan = planBackfill(facts, { from: '2014-01-01', to: '2014-01-31', only: 'failed' }, TERMS);
  expect(kinds(plan)).toEqual(['01 failed replay']);
  expect(plan.left).toEqual([
    { batch: 'batch-02', because: expect.stringContaining('rejected again') as string },
  ]);
});

test('a stale batch stays the same one while its verdict stands, so that finished stages are reused', () => {
  const reuses = ['ingest', 'validate'] as const;
  const facts = [
    batch('01', { changed: ['transform.code'], reuses, days: day('01-01') }),
    // Its result was published before: doing it again under the same name would find that.
    batch('02', { changed: ['transform.code'], reuses: [...reuses, 'transform'], days: day('01-02') }),
  ];
  const plan = planBackfill(facts, WISH, TERMS);
  expect(kinds(plan)).toEqual(['01 stale same', '02 stale again']);
  expect(plan.cost.reusedStages).toBe(2);
});

test('the cost counts what is known, and the time at this concurrency with one training at the end', () => {
  const facts = [
    batch('01', { ...stale, seconds: 30, days: day('01-01') }),
    batch('02', { ...stale, seconds: 10, days: day('01-02') }),
    batch('03', { ...stale, days: day('01-03') }),
    // Waits for the first.
    batch('04', { ...stale, seconds: 5, days: day('01-01') }),
  ];
  const { cost } = planBackfill(facts, WISH, TERMS);
  expect(cost).toEqual({ items: 4, objects: 4, bytes: 400, rows: 40, reusedStages: 0, seconds: 35 + 60 });
  expect(planBackfill([], WISH, TERMS).cost.seconds).toBe(0);
});

test('more than one backfill may hold is cut, oldest first', () => {
  const facts = Array.from({ length: MAX_BACKFILL_ITEMS + 1 }, (_, index) =>
    batch(String(index).padStart(4, '0'), {
      ...stale,
      days: day('01-01'),
      landedAt: `2014-${index + 1_000}`,
    }),
  );
  const plan = planBackfill(facts, WISH, { ...TERMS, isVersioned: true });
  expect(plan.more).toBe(true);
  expect(plan.items).toHaveLength(MAX_BACKFILL_ITEMS);
  expect(plan.items[0]?.id).toBe('0000');
});

test('a follow-up merges again what an older batch was merged over, and what comes after that', () => {
  const facts = [
    batch('01', { days: day('01-01', '01-03'), mergedAs: 10 }),
    // Live data: landed later, merged before the backfill's batch.
    batch('02', { days: day('01-03', '01-04'), mergedAs: 9 }),
    batch('03', { days: day('01-04'), mergedAs: 9 }),
    // Merged after it.
    batch('04', { days: day('01-02'), mergedAs: 11 }),
    batch('05', { days: day('01-05'), mergedAs: 9 }),
  ];
  const ran = new Set(['01']);
  expect(kinds(planFollowUp(facts, ran, TERMS))).toEqual(['02 newer again', '03 newer again']);
  expect(planFollowUp(facts, ran, { ...TERMS, isVersioned: true }).items).toEqual([]);
  expect(planFollowUp(facts, new Set(['05']), TERMS).items).toEqual([]);
});
