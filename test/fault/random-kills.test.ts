import { killSchedule } from '../support/faults/kill-schedule';
import { difference, play, type Play } from '../support/faults/play';
import { VICTIMS } from '../support/faults/victims';
import { startTestStack, type TestStack } from '../support/millrace';

const SEED = 20_240_607;
const STRIKES = 6;

test('a schedule of kills repeats with its seed and meets each kind of process', () => {
  const schedule = killSchedule(SEED, 80);
  expect(killSchedule(SEED, 80)).toEqual(schedule);
  expect(killSchedule(SEED + 1, 80)).not.toEqual(schedule);
  for (const victim of VICTIMS)
    expect(schedule.flat().filter((strike) => strike.victim === victim)).toHaveLength(10);
});

describe('processes killed and paused at random', () => {
  let stack: TestStack;
  let undisturbed: Play;

  beforeAll(async () => {
    stack = await startTestStack();
    undisturbed = await play(stack, 'calm');
  }, 300_000);
  afterAll(() => stack.stop());

  test.each(killSchedule(SEED, STRIKES).map((schedule, index) => ({ index, schedule })))(
    'play $index ends by itself, and nothing published differs from an undisturbed one',
    async ({ index, schedule }) => {
      const disturbed = await play(stack, `killed-${index}`, schedule, undisturbed.seconds * 1000);
      expect({ schedule, difference: difference(undisturbed, disturbed) }).toEqual({
        schedule,
        difference: undefined,
      });
    },
    600_000,
  );
});
