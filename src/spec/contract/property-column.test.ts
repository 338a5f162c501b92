import { parsePipelineFile } from '../parse-pipeline-file';

const file = (properties: string, format = 'ndjson'): string => `
version: 1
pipeline: shop
source: { prefix: raw/shop/, format: ${format} }
contract:
  apiVersion: v3.1.0
  kind: DataContract
  id: shop
  version: 1.0.0
  status: active
  schema:
    - name: orders
      properties:
        - { name: at, logicalType: timestamp, primaryKey: true, required: true }
        - { name: kind, logicalType: string }
        ${properties}
eventTime: at
label: { name: y, sql: kind = 'a' }
features: [{ name: hour, sql: hour(at) }]
training: { task: binary_classification, metric: auc, holdoutDays: 7 }
`;

function columnOf(properties: string, format?: string): unknown {
  const parsed = parsePipelineFile(file(properties, format), 'pipeline.yaml');
  if (!('plan' in parsed)) throw new Error(JSON.stringify(parsed.problems));
  return parsed.plan.columns[2];
}

test('a number whose physical type is a decimal is one', () => {
  const expected = { name: 'price', type: 'decimal', precision: 12, scale: 2 };
  expect(columnOf('- { name: price, logicalType: number, physicalType: "DECIMAL(12, 2)" }')).toEqual(
    expected,
  );
  expect(columnOf('- { name: price, logicalType: number, physicalType: numeric(9) }')).toMatchObject({
    scale: 0,
  });
  expect(columnOf('- { name: price, logicalType: number, physicalType: float8 }')).toEqual({
    name: 'price',
    type: 'double',
  });
});

test('a physical name is the path of a nested value', () => {
  expect(columnOf('- { name: user, logicalType: string, physicalName: user.id }')).toEqual({
    name: 'user',
    type: 'string',
    path: 'user.id',
  });
});

test('the default time zone is that of timestamps without an offset', () => {
  const zone = (name: string): string =>
    `- { name: local, logicalType: timestamp, logicalTypeOptions: { defaultTimezone: ${name} } }`;
  expect(columnOf(zone('America/New_York'))).toMatchObject({ timezone: 'America/New_York' });
  expect(columnOf(zone('Etc/UTC'))).toEqual({ name: 'local', type: 'timestamp' });
  expect(() => columnOf(zone('Mars/Olympus'))).toThrow('IANA time zone');
});
