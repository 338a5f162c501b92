import type { ObjectHint } from '../contracts/messages';
import { coalesceSignals } from './coalesce-signals';

const hint = (key: string): ObjectHint => ({ bucket: 'lake', key });

function slowSignals(): {
  readonly sent: string[];
  readonly signal: (pipeline: string, hints: readonly ObjectHint[]) => Promise<void>;
  readonly finish: (error?: Error) => Promise<void>;
} {
  const sent: string[] = [];
  const open: ((error?: Error) => void)[] = [];
  return {
    sent,
    signal: (pipeline, hints) => {
      sent.push(`${pipeline}: ${hints.map(({ key }) => key).join(' ')}`);
      return new Promise((resolve, reject) => {
        open.push((error) => {
          if (error) reject(error);
          else resolve();
        });
      });
    },
    finish: async (error) => {
      open.shift()?.(error);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('what comes while a signal is on its way goes with the next one; other pipelines do not wait', async () => {
  const { sent, signal, finish } = slowSignals();
  const send = coalesceSignals(signal);
  const answers = ['a', 'b', 'c'].map((key) => send('flights', [hint(key)]));
  const other = send('trips', [hint('x')]);
  expect(sent).toEqual(['flights: a', 'trips: x']);
  await finish();
  expect(sent).toEqual(['flights: a', 'trips: x', 'flights: b c']);
  await finish();
  await finish();
  await expect(Promise.all([...answers, other])).resolves.toHaveLength(4);
});

test('each caller hears how its own signal went, and the next ones go on', async () => {
  const { sent, signal, finish } = slowSignals();
  const send = coalesceSignals(signal);
  const first = send('flights', [hint('a')]);
  const second = send('flights', [hint('b')]);
  await Promise.all([expect(first).rejects.toThrow('away'), finish(new Error('away'))]);
  await finish();
  await expect(second).resolves.toBeUndefined();
  const third = send('flights', [hint('c')]);
  expect(sent).toEqual(['flights: a', 'flights: b', 'flights: c']);
  await finish();
  await third;
});

test('a joined signal stays small', async () => {
  const { sent, signal, finish } = slowSignals();
  const send = coalesceSignals(signal);
  const answers = Array.from({ length: 30 }, (_, index) =>
    send('flights', [hint(`${'k'.repeat(500)}${index}`)]),
  );
  while (sent.length < 4 || sent.join('').split(' k').length - 1 < 30) await finish();
  await finish();
  await Promise.all(answers);
  for (const text of sent) expect(text.length).toBeLessThan(7_000);
  expect(sent.length).toBeLessThan(8);
});
