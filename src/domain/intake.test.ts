import { IntakeQueue, type ObjectHint } from './intake';

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

  test('hints of two versions of a key are one look, which finds both', () => {
    const queue = new IntakeQueue();
    queue.add([hint('a', { versionId: '2' }), hint('b', { versionId: '1' }), hint('a', { versionId: '1' })]);
    expect(queue.takeBatch(10).map(({ key }) => key)).toEqual(['a', 'b']);
  });

  test('news of a removal is not lost behind news of a creation, nor remembered as a version', () => {
    const queue = new IntakeQueue();
    queue.add([hint('a', { versionId: '1' }), hint('a', { versionId: '2', removed: true })]);
    const both = queue.takeBatch(10);
    expect(both).toHaveLength(2);
    queue.remember(both);
    queue.add([hint('a', { versionId: '1' }), hint('a', { versionId: '2', removed: true })]);
    expect(queue.takeBatch(10)).toEqual([hint('a', { versionId: '2', removed: true })]);
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
    expect(queue.takeBatch(1)).toEqual([hint('a')]);
    queue.putBack([hint('a')], 'end');
    expect(queue.takeBatch(2)).toEqual([hint('b'), hint('a')]);
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

  describe('under a flood', () => {
    const flood = (count: number, queue = new IntakeQueue()): IntakeQueue => {
      queue.add(
        Array.from({ length: count }, (_, index) =>
          hint(`raw/flights/file-${index}.csv`, { versionId: '1' }),
        ),
      );
      return queue;
    };

    test('memory is bounded: what does not fit is left to a survey', () => {
      const queue = flood(10_000);
      expect(queue.hints).toBe(2_000);
      expect(queue.behind).toBe(true);
      expect(queue.counts).toMatchObject({ events: 10_000, duplicates: 0 });
    });

    test('what continue-as-new carries is a few KB, and says that it is not all', () => {
      const queue = flood(2_000);
      const taken = queue.takeBatch(60);
      queue.remember(taken);
      for (let index = 0; index < 60; index += 1) queue.askAgain(`0123456789abcdef${index}`);
      queue.offerBacklog({ uri: `s3://lake/${'x'.repeat(100)}`, objects: 5_000 });
      const carried = queue.carry();
      expect(Buffer.byteLength(JSON.stringify(carried))).toBeLessThan(8 * 1024 - 700);
      expect(carried).toMatchObject({ behind: true, backlog: { objects: 5_000, offset: 0 } });
      expect(new IntakeQueue(carried).size).toBeGreaterThan(5_000);
    });

    test('nothing is left behind when all of it is carried', () => {
      const queue = flood(10);
      expect(queue.carry()).toMatchObject({ behind: false });
      expect(new IntakeQueue(queue.carry()).hints).toBe(10);
    });

    test('a survey stands for the hints that came before it, not for those that come meanwhile', () => {
      const queue = flood(3_000);
      queue.startSurvey();
      queue.add([hint('late')]);
      expect(queue).toMatchObject({ behind: false, hints: 1 });
      queue.offerBacklog({ uri: 's3://lake/b', objects: 30 });
      expect(queue.size).toBe(31);
    });
  });

  describe('a backlog', () => {
    test('is worked off in steps; another one meanwhile means that there is more to look for', () => {
      const queue = new IntakeQueue();
      queue.offerBacklog({ uri: 's3://lake/b', objects: 30 });
      queue.advanceBacklog(20);
      expect(queue.size).toBe(10);
      queue.offerBacklog({ uri: 's3://lake/c', objects: 5 });
      expect(queue.behind).toBe(true);
      queue.advanceBacklog(undefined);
      expect(queue.backlog).toBeUndefined();
    });
  });

  test('a request for a re-run is taken once', () => {
    const queue = new IntakeQueue();
    queue.askAgain('one');
    queue.askAgain('one');
    queue.askAgain('two');
    expect(queue.nextAgain).toBe('one');
    queue.finishAgain('one');
    expect(queue.nextAgain).toBe('two');
    expect(queue.size).toBe(1);
  });
});
