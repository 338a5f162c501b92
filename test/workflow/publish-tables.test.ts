// A batch that one activity does not merge alone: the workflow's loop, on Temporal's time-skipping test server.
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledFailure, Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { TransformInput, TransformPartitionsInput } from '../../src/contracts/activities/stages';
import { runProgressQuery, type RunSummary } from '../../src/contracts/messages';
import { TASK_QUEUES } from '../../src/contracts/task-queues';
import { permanent, splitTransform, stageStandIns, type StandIns } from '../support/stage-stand-ins';
import { hasTimeSkippingServer, startTimeSkipping, type TimeSkipping } from '../support/time-skipping';
import type { pipelineRun } from '../../src/workflows';

const CLEAN = { table: 'clean', groups: 5, parallel: 2 } as const;
const FEATURES = { table: 'features', groups: 3, parallel: 2 } as const;

const withServer = hasTimeSkippingServer ? describe : describe.skip;

withServer('a batch in groups of partitions', () => {
  let server: TimeSkipping;
  let environment: TestWorkflowEnvironment;
  let started = 0;
  beforeAll(async () => {
    server = await startTimeSkipping();
    environment = server.environment;
  });
  afterAll(() => server.stop());

  const start = () =>
    environment.client.workflow.start<typeof pipelineRun>('pipelineRun', {
      workflowId: `run/flights/groups-${(started += 1)}`,
      taskQueue: TASK_QUEUES.control,
      args: [{ pipeline: 'flights', through: 'transform' }],
    });

  /** Stand-ins that note what the two activities were asked. */
  function watched(transformPartitions: (input: TransformPartitionsInput) => Promise<unknown>) {
    const [committing, groups]: [TransformInput[], string[]] = [[], []];
    const transform = splitTransform([CLEAN, FEATURES]);
    const standIns: StandIns = stageStandIns({
      transform: (input: TransformInput) => {
        committing.push(input);
        return transform(input);
      },
      transformPartitions: (input: TransformPartitionsInput) => {
        groups.push(`${input.work.uri} ${input.group}`);
        return transformPartitions(input);
      },
    });
    return { ...standIns, committing, groups };
  }

  test('each group is done once, so many at a time, and then the table is committed', async () => {
    let [now, most] = [0, 0];
    const { activities, committing, groups } = watched(async () => {
      most = Math.max(most, (now += 1));
      await sleep(50);
      now -= 1;
      return { partitions: 1, resumed: 0 };
    });
    await server.play(activities, async () => {
      expect(await (await start()).result()).toMatchObject({ verdict: 'not_trained', cleanVersion: 3 });
    });
    const lists = ['s3://lake/work/0/list.json', 's3://lake/work/1/list.json'];
    expect(committing.map(({ work }) => work?.uri)).toEqual([undefined, ...lists]);
    expect(groups).toHaveLength(8);
    expect([...groups].sort()).toEqual([
      ...[0, 1, 2, 3, 4].map((group) => `${lists[0]} ${group}`),
      ...[0, 1, 2].map((group) => `${lists[1]} ${group}`),
    ]);
    expect(most).toBe(2);
  });

  test('a group that fails technically is tried again, alone; the run says how far it is', async () => {
    const notes: (string | undefined)[] = [];
    let attempts = 0;
    const { activities, groups } = watched(async ({ group, work }) => {
      if (work.uri.includes('/0/') && group === 3 && (attempts += 1) < 3) throw new Error('store is down');
      if (work.uri.includes('/0/') && group === 4) {
        const { stages } = await handle().query(runProgressQuery);
        notes.push(stages.find(({ stage }) => stage === 'transform')?.note);
      }
      return { partitions: 1, resumed: 0 };
    });
    const handle = () => environment.client.workflow.getHandle(`run/flights/groups-${started}`);
    await server.play(activities, async () => {
      await (await start()).result();
    });
    expect(groups).toHaveLength(8 + 2);
    expect(notes[0]).toMatch(/^clean: [34] of 5 groups$/);
  });

  test('cancelled in the middle: what is under way is stopped, nothing more begins, nothing is committed', async () => {
    let reached = (): void => undefined;
    const inGroups = new Promise<void>((resolve) => (reached = resolve));
    let stopped = 0;
    const { activities, committing, groups, calls } = watched(async ({ group }) => {
      if (group === 0) return { partitions: 1, resumed: 0 };
      if (groups.length === 3) reached();
      return Context.current().cancelled.catch(() => {
        stopped += 1;
        throw new CancelledFailure('stopped');
      });
    });
    await server.play(activities, async () => {
      const handle = await start();
      await inGroups;
      await handle.cancel();
      await expect(handle.result()).rejects.toThrow();
      expect((await handle.describe()).memo).toMatchObject({ summary: { verdict: 'cancelled' } });
    });
    expect({ stopped, begun: groups.length, committing: committing.length }).toEqual({
      stopped: 2,
      begun: 3,
      committing: 1,
    });
    expect(calls.slice(-2)).toEqual(['recordRun', 'publishReport']);
  });

  test('a group that fails for good stops the others and ends the run', async () => {
    let stopped = 0;
    const { activities, committing, groups } = watched(({ group }) => {
      if (group === 1) return permanent('IntegrityError', 'file is damaged')();
      return Context.current().cancelled.catch(() => {
        stopped += 1;
        throw new CancelledFailure('stopped');
      });
    });
    await server.play(activities, async () => {
      const handle = await start();
      await expect(handle.result()).rejects.toThrow();
      const summary = (await handle.describe()).memo?.['summary'] as RunSummary;
      expect(summary).toMatchObject({ verdict: 'failed', reasons: ['file is damaged'] });
    });
    expect({ stopped, begun: groups.length, committing: committing.length }).toEqual({
      stopped: 1,
      begun: 2,
      committing: 1,
    });
  });
});
