import { upgradeSpec } from './upgrade-spec';

const upgrades = {
  1: (raw: Readonly<Record<string, unknown>>) => ({ ...raw, version: 2, key: raw['id'] }),
  2: (raw: Readonly<Record<string, unknown>>) => ({ ...raw, version: 3 }),
};

test('an old file is brought up step by step', () => {
  expect(upgradeSpec({ version: 1, id: ['a'] }, upgrades, 3)).toEqual({
    raw: { version: 3, id: ['a'], key: ['a'] },
    findings: [],
  });
});

test('a current file is left alone', () => {
  const raw = { version: 3 };
  expect(upgradeSpec(raw, upgrades, 3).raw).toBe(raw);
});

test('a newer file is refused with advice', () => {
  expect(upgradeSpec({ version: 4 }, upgrades, 3).findings).toMatchObject([
    { path: ['version'], expected: 'version 3 or older', got: 'version 4' },
  ]);
});

test.each([{}, { version: 'one' }, { version: 0 }, null, []])('%j is left to the schema', (raw) => {
  expect(upgradeSpec(raw, upgrades, 3)).toEqual({ raw, findings: [] });
});
