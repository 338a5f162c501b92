// Every way through the workflows, on a worker that forgets a workflow after each task: each task replays all before it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { temporal } from '@temporalio/proto';
import { version } from '../../package.json';
import { workflowIds } from '../../src/contracts/workflow-names';
import { SCENARIOS } from '../replay/scenarios';
import { startWorkflowHarness, type WorkflowHarness } from '../support/workflow-harness';

const { EventType } = temporal.api.enums.v1;
const HISTORIES = path.join(__dirname, '../replay/histories');

let harness: WorkflowHarness;
beforeAll(async () => {
  harness = await startWorkflowHarness();
});
// Intakes live for ever, and all scenarios have the same one.
afterEach(() =>
  harness.client.workflow
    .getHandle(workflowIds.intake('flights'))
    .terminate()
    .catch(() => undefined),
);
afterAll(() => harness.stop());

/** `EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED` and so on, of this version's recording. */
function recordedEvents(scenario: string): readonly string[] {
  const file = path.join(HISTORIES, `${version}--${scenario}.json`);
  const { events } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly events: readonly { readonly eventType: string }[];
  };
  return events.map(({ eventType }) => eventType);
}

/** What the workflow itself did; the rest depends on what happens to come together, and on when the scenario ends. */
function decisions(events: readonly string[]): readonly string[] {
  return events
    .filter((type) => !type.startsWith('EVENT_TYPE_WORKFLOW_TASK'))
    .filter((type) => /_SCHEDULED|_INITIATED|TIMER_STARTED|UPSERT|^EVENT_TYPE_WORKFLOW_EXECUTION_/.test(type))
    .sort();
}

test.each(SCENARIOS)(
  '$name goes the same way without a cache',
  async ({ name, activities, play, isTimed }) => {
    const workflowId = await harness.withWorkers(activities, () => play(harness), { cached: false });
    const { events } = await harness.client.workflow.getHandle(workflowId).fetchHistory();
    const types = (events ?? []).map(({ eventType }) => EventType[eventType ?? 0] ?? '');
    expect(types).not.toContain('EVENT_TYPE_WORKFLOW_TASK_FAILED');
    const [now, recorded] = [decisions(types), decisions(recordedEvents(name))];
    if (isTimed) expect(new Set(now)).toEqual(new Set(recorded));
    else expect(now).toEqual(recorded);
  },
);
