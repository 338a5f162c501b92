import { viewSpec } from '../spec-view';
import { checkFeatures } from './check-features';

const view = (features: unknown, label = 'returned'): ReturnType<typeof viewSpec> =>
  viewSpec({
    columns: { amount: 'double', country: 'string', returned: 'boolean', hour: 'integer' },
    label: { name: 'late', sql: label },
    features,
  });

test.each([
  "amount * INTERVAL '1' HOUR",
  'CAST(country AS VARCHAR)',
  'something_else_entirely + amount',
  'true',
  'AMOUNT + 1',
])('%s is left to the query engine', (sql) => {
  expect(checkFeatures(view([{ name: 'x', sql }]))).toEqual([]);
});

test('a column called like a keyword is still recognised as the source of the label', () => {
  expect(checkFeatures(view(['hour'], 'hour > 12'))).toHaveLength(1);
});

test('a label of several columns says nothing certain about a feature of one of them', () => {
  expect(checkFeatures(view(['amount'], 'CASE WHEN amount > 0 THEN returned END'))).toEqual([]);
});

test('nothing is called unknown while the columns cannot be read', () => {
  expect(checkFeatures(viewSpec({ columns: ['amount'], features: ['amnt', 'whatever'] }))).toEqual([]);
});

test('a query over the history chooses its rows itself', () => {
  const window = { name: 'own', over: ['country'], days: 3, query: 'SELECT count(*) FROM history' };
  const withWindow = (item: object): ReturnType<typeof viewSpec> =>
    viewSpec({
      columns: { amount: 'double', country: 'string' },
      features: ['amount'],
      windows: [item],
    });
  expect(checkFeatures(withWindow(window))).toEqual([]);
  expect(checkFeatures(withWindow({ ...window, rows: 2 }))).toMatchObject([{ path: ['windows', 0, 'rows'] }]);
});
