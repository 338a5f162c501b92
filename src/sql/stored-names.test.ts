import { overColumns, storedName } from './stored-names';

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
});
