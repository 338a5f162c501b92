import { createWindowLookups } from './window-lookups';

const [route, flights, late] = createWindowLookups({
  formatVersion: 1,
  windows: [
    {
      name: 'route_delay',
      over: ['flight', 'dest'],
      aggregate: 'mean',
      values: { '[7,"IAH"]': 1.5, '[null, "IAH"]': 2, '["8","MIA"]': 0 },
    },
    { name: 'dest_flights', over: ['dest'], aggregate: 'count', values: { '["IAH"]': 12 } },
    {
      name: 'dest_late',
      over: ['dest'],
      aggregate: 'query',
      withoutHistory: 0.5,
      values: { '["IAH"]': 3, '["MIA"]': null },
    },
  ],
});

describe('createWindowLookups', () => {
  it('finds values by key, whether numbers were written as numbers or as text', () => {
    expect(route?.valueOf(['7', 'IAH'])).toBe(1.5);
    expect(route?.valueOf(['8', 'MIA'])).toBe(0);
  });

  it('tells a missing part of a key from its text', () => {
    expect(route?.valueOf([null, 'IAH'])).toBe(2);
    expect(route?.valueOf(['null', 'IAH'])).toBeUndefined();
  });

  it('knows nothing of a key without history', () => {
    expect(route?.valueOf(['7', 'MIA'])).toBeUndefined();
    expect(route?.valueOf(['7'])).toBeUndefined();
  });

  it('counts 0 for a key without history', () => {
    expect(flights?.valueOf(['IAH'])).toBe(12);
    expect(flights?.valueOf(['MIA'])).toBe(0);
  });

  it('has what a query gives without history, but not for a key whose history has no value', () => {
    expect(late?.valueOf(['IAH'])).toBe(3);
    expect(late?.valueOf(['MIA'])).toBeUndefined();
    expect(late?.valueOf(['LAX'])).toBe(0.5);
  });
});
