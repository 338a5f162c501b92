import { compareSequencers, IntakeQueue, type ObjectHint } from './intake';

const hint = (key: string, fields: Partial<ObjectHint> = {}): ObjectHint => ({
  bucket: 'lake',
  key,
  ...fields,
});

describe('IntakeQueue', () => {
  test('the same object version is queued once, also after it was taken', () => {
    const queue = new IntakeQueue();
    queue.add([hint('a', { versionId: '1' }), hint('a', { versionId: '1' })]);
    const batch = queue.takeBatch(10);
    expect(batch).toEqual([hint('a', { versionId: '1' })]);
    queue.remember(batch);
    queue.add([hint('a', { versionId: '1' })]);
    expect(queue.size).toBe(0);
    expect(queue.counts).toMatchObject({ events: 3, duplicates: 2 });
  });

  test('hints without a version are joined while pending, and looked at again afterwards', () => {
    const queue = new IntakeQueue();
    queue.add([hint('a'), hint('a')]);
    expect(queue.takeBatch(10)).toHaveLength(1);
    queue.add([hint('a')]);
    expect(queue.size).toBe(1);
  });

  test('versions of one key leave in sequencer order whatever order they came in', () => {
    const queue = new IntakeQueue();
    queue.add([
      hint('a', { versionId: 'second', sequencer: '0A' }),
      hint('b', { versionId: 'x', sequencer: '01' }),
      hint('a', { versionId: 'first', sequencer: '9' }),
    ]);
    const versions = queue.takeBatch(10).map((taken) => taken.versionId);
    expect(versions.indexOf('first')).toBeLessThan(versions.indexOf('second'));
    expect(versions).toContain('x');
  });

  test('a batch holds at most maxObjects and stays small as a message, yet always moves on', () => {
    const queue = new IntakeQueue();
    const long = 'k'.repeat(1000);
    queue.add(Array.from({ length: 30 }, (_, index) => hint(`${long}${index}`)));
    expect(JSON.stringify(queue.takeBatch(30)).length).toBeLessThan(8_000);
    expect(queue.takeBatch(2)).toHaveLength(2);
    queue.add([hint('x'.repeat(9_000))]);
    while (queue.size > 0) expect(queue.takeBatch(100).length).toBeGreaterThan(0);
  });

  test('the versions of a run that failed may come again', () => {
    const queue = new IntakeQueue();
    queue.add([hint('a', { versionId: '1' })]);
    queue.takeBatch(1);
    queue.add([hint('a', { versionId: '1' })]);
    expect(queue.size).toBe(1);
  });

  test('what is put back is not queued twice, and at the end it waits for the others', () => {
    const queue = new IntakeQueue();
    queue.add([hint('a'), hint('b')]);
    const batch = queue.takeBatch(1);
    queue.add([hint('a')]);
    queue.putBack(batch);
    expect(queue.size).toBe(2);
    queue.putBack(queue.takeBatch(1), 'end');
    expect(queue.takeBatch(1)).toEqual([hint('a')]);
  });

  test('the size of a batch is counted in bytes, as the payload limit is', () => {
    const queue = new IntakeQueue();
    queue.add(Array.from({ length: 100 }, (_, index) => hint(`数据/${'文'.repeat(30)}${index}`)));
    expect(Buffer.byteLength(JSON.stringify(queue.takeBatch(100)))).toBeLessThan(8 * 1024);
  });

  test('what is carried over continues where it was', () => {
    const queue = new IntakeQueue();
    queue.add([hint('a', { versionId: '1' }), hint('b', { versionId: '1' })]);
    queue.remember(queue.takeBatch(1));
    queue.paused = true;
    const next = new IntakeQueue(queue.carry());
    next.add([hint('a', { versionId: '1' })]);
    expect(next.paused).toBe(true);
    expect(next.takeBatch(10)).toEqual([hint('b', { versionId: '1' })]);
  });
});

test.each([
  ['9', '0A', -1],
  ['0055AED6DCD90281E5', '55AED6DCD90281E5', 0],
  ['ff', '0100', -1],
  [undefined, '1', 0],
])('sequencers %s and %s compare as right-aligned hex', (left, right, expected) => {
  expect(compareSequencers(left, right)).toBe(expected);
});
