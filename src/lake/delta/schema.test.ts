import { compareSchemas, schemaString } from './schema';

test('a schema lists columns and then partition columns in the protocol’s form', () => {
  const columns = [
    { name: 'carrier', type: 'string' },
    { name: 'flight', type: 'integer' },
    { name: 'delay', type: 'double' },
    { name: 'ratio', type: 'float' },
    { name: 'late', type: 'boolean' },
    { name: 'day_of', type: 'date' },
    { name: 'time_hour', type: 'timestamp' },
  ] as const;
  const schema = JSON.parse(schemaString(columns, ['year'])) as {
    type: string;
    fields: { name: string; type: string; nullable: boolean; metadata: object }[];
  };
  expect(schema.type).toBe('struct');
  expect(schema.fields[0]).toEqual({ name: 'carrier', type: 'string', nullable: true, metadata: {} });
  expect(schema.fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'carrier string',
    'flight long',
    'delay double',
    'ratio float',
    'late boolean',
    'day_of date',
    'time_hour timestamp',
    'year string',
  ]);
});

test('schemas are equal, widened or conflicting', () => {
  const base = schemaString([{ name: 'a', type: 'string' }], ['year']);
  const wider = schemaString(
    [
      { name: 'a', type: 'string' },
      { name: 'b', type: 'double' },
    ],
    ['year'],
  );
  const retyped = schemaString([{ name: 'a', type: 'integer' }], ['year']);
  expect(compareSchemas(base, base)).toEqual({ kind: 'equal' });
  expect(compareSchemas(base, wider)).toMatchObject({ kind: 'widened', added: ['b'] });
  expect(compareSchemas(wider, base)).toEqual({ kind: 'conflicting', diff: ['- b: double'] });
  expect(compareSchemas(base, retyped)).toEqual({ kind: 'conflicting', diff: ['~ a: string → long'] });
});

test('new columns stand behind those that were there, which stay as another engine described them', () => {
  const described = schemaString([{ name: 'a', type: 'string' }], ['year']).replace(
    '{}',
    '{"comment":"mine"}',
  );
  const wanted = schemaString(
    [
      { name: 'b', type: 'double' },
      { name: 'a', type: 'string' },
    ],
    ['year'],
  );
  const comparison = compareSchemas(described, wanted);
  const schema = comparison.kind === 'widened' ? comparison.schema : '';
  expect(schema).toContain('"comment":"mine"');
  expect(schema.match(/"name":"\w+"/g)).toEqual(['"name":"a"', '"name":"year"', '"name":"b"']);
  expect(compareSchemas(schema, wanted)).toEqual({ kind: 'equal' });
});

test('a conflict shows the whole difference', () => {
  const before = schemaString(
    [
      { name: 'a', type: 'string' },
      { name: 'b', type: 'double' },
    ],
    [],
  ).replace('"nullable":true', '"nullable":false');
  const after = schemaString(
    [
      { name: 'a', type: 'string' },
      { name: 'c', type: 'date' },
    ],
    [],
  );
  expect(compareSchemas(before, after)).toEqual({
    kind: 'conflicting',
    diff: ['~ a: string not null → string', '- b: double', '+ c: date'],
  });
});
