import { overColumns, storedName, storedOver } from './stored-names';

describe('stored names', () => {
  it('keep out of the way of the partition columns', () => {
    expect(['year', 'Month', 'day', 'days', 'hour'].map(storedName)).toEqual([
      'year_',
      'Month_',
      'day_',
      'days',
      'hour',
    ]);
  });

  it('list each column that windows go over once', () => {
    const base = { name: 'w', days: 1, aggregate: 'count', sql: 'x' } as const;
    const windows = [
      { ...base, over: ['a', 'b'] },
      { ...base, over: ['b'] },
    ];
    expect(overColumns({ windows })).toEqual(['a', 'b']);
  });

  it('keep what windows go over in the key or a feature, where these hold the same values', () => {
    const plan = {
      key: ['id'],
      columns: [
        { name: 'id', type: 'integer' as const },
        { name: 'line', type: 'string' as const },
        { name: 'Stop', type: 'string' as const },
        { name: 'zone', type: 'integer' as const },
      ],
      features: [
        { name: 'day', kind: 'categorical' as const, sql: ' "line" ' },
        { name: 'stop', kind: 'categorical' as const, sql: 'upper(stop)' },
        { name: 'zone', kind: 'categorical' as const, sql: 'zone' },
      ],
    };
    const stored = ['id', 'line', 'Stop', 'zone'].map((name) => storedOver(plan, name));
    expect(stored).toEqual(['_key_id', 'day_', '_over_Stop', '_over_zone']);
  });
});
