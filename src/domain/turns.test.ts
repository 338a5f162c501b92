import { Turns, type Asker } from './turns';

const asker = (name: string, runId = `${name}-1`): Asker => ({ workflowId: name, runId });
const limits = (limit: number, maxWaiting = 10): { limit: number; maxWaiting: number } => ({
  limit,
  maxWaiting,
});

test('as many as the limit work at a time, the others in the order in which they asked', () => {
  const turns = new Turns(limits(2));
  expect(['a', 'b', 'c', 'd'].map((name) => turns.ask(asker(name)))).toEqual([
    'now',
    'now',
    'later',
    'later',
  ]);
  expect(turns.give()).toBeUndefined();
  turns.over(asker('a'));
  expect(turns.give()).toEqual(asker('c'));
  expect(turns.give()).toBeUndefined();
  expect(turns.holders).toEqual([asker('b'), asker('c')]);
});

test('asking again changes nothing', () => {
  const turns = new Turns(limits(1));
  turns.ask(asker('a'));
  turns.ask(asker('b'));
  expect([turns.ask(asker('a')), turns.ask(asker('b'))]).toEqual(['now', 'later']);
  expect(turns.carry()).toEqual({ held: [asker('a')], waiting: [asker('b')] });
});

test('a new execution takes the place of the one before with the same workflow id', () => {
  const turns = new Turns(limits(1));
  turns.ask(asker('a'));
  turns.ask(asker('b'));
  expect(turns.ask(asker('a', 'a-2'))).toBe('now');
  expect(turns.ask(asker('b', 'b-2'))).toBe('later');
  turns.over(asker('a', 'a-1'));
  expect(turns.isHeldBy(asker('a', 'a-2'))).toBe(true);
  turns.over(asker('a', 'a-2'));
  expect(turns.give()).toEqual(asker('b', 'b-2'));
});

test('own work counts, and is never kept waiting for itself', () => {
  const turns = new Turns(limits(1));
  expect(turns.beginOwn('mine')).toBe(true);
  expect(turns.ask(asker('mine'))).toBe('now');
  expect(turns.ask(asker('a'))).toBe('later');
  turns.endOwn();
  expect(turns.give()).toEqual(asker('a'));
  expect(turns.beginOwn('mine')).toBe(false);
});

test('who asks does not pass by those who wait', () => {
  const turns = new Turns(limits(1), { held: [], waiting: [asker('a')] });
  expect(turns.ask(asker('b'))).toBe('later');
  expect(turns.give()).toEqual(asker('a'));
});

test('too many are told to ask again instead of being remembered', () => {
  const turns = new Turns(limits(1, 1));
  expect(['a', 'b', 'c'].map((name) => turns.ask(asker(name)))).toEqual(['now', 'later', 'full']);
});

test('a waiting one may leave', () => {
  const turns = new Turns(limits(1));
  turns.ask(asker('a'));
  turns.ask(asker('b'));
  turns.over(asker('b'));
  expect(turns.queued).toBe(0);
});
