import { avroProblem, type AvroSchema } from './avro-schema';

const record = (type: AvroSchema): AvroSchema => ({
  type: 'record',
  name: 'order',
  fields: [{ name: 'day', type }],
});

describe('avroProblem', () => {
  const day = { name: 'day', type: 'date', format: '%d.%m.%Y' } as const;

  it('lets strings have a format, and tells of one that dates cannot have', () => {
    expect(avroProblem(day, record(['null', 'string']))).toBeUndefined();
    expect(
      avroProblem({ name: 'day', type: 'date' }, record({ type: 'int', logicalType: 'date' })),
    ).toBeUndefined();
    for (const type of [
      { type: 'int', logicalType: 'date' },
      ['null', { type: 'int', logicalType: 'date' }],
    ]) {
      expect(avroProblem(day, record(type))).toContain('remove format from the column');
    }
    const moment = { type: 'long', logicalType: 'timestamp-micros' };
    expect(avroProblem({ ...day, type: 'timestamp' }, record(moment))).toContain('remove format');
  });
});
