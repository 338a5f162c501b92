import { createMemoryObjectStore } from '../adapters/object-store/memory';
import { lakeLayout } from '../domain/lake-layout';
import type { Reusable, RunRef } from '../domain/stage';
import { readDocument } from './documents';
import { publishStageResult, stageKey, type StageAddress, type StageDocument } from './stage-results';

interface Counted extends Reusable {
  readonly rows: number;
}

const key = stageKey('validate', { code: 1, manifest: 'abc', plan: { columns: ['a'] } });

function lake(): (run?: Partial<RunRef>) => StageAddress {
  const store = createMemoryObjectStore();
  const signal = (): AbortSignal => new AbortController().signal;
  return (run = {}) => ({
    store,
    bucket: 'lake',
    key,
    signal,
    run: { pipeline: 'trips', planDigest: 'p', batchDigest: 'b', workflowId: 'run/trips/1', ...run },
  });
}

const publish = (address: StageAddress, rows: number): Promise<Counted> =>
  publishStageResult<Counted>(
    address,
    () => Promise.resolve({ rows }),
    () => [],
  );

test('a later run gets the result of an earlier one, and is told which', async () => {
  const at = lake();
  expect(await publish(at(), 7)).toEqual({ rows: 7, reused: false, digest: key.digest });
  expect(await publish(at({ workflowId: 'run/trips/2' }), 8)).toEqual({
    rows: 7,
    reused: true,
    reusedFrom: 'run/trips/1',
    digest: key.digest,
  });
});

test('what went into a result is stored beside it', async () => {
  const at = lake();
  await publish(at(), 7);
  const location = { bucket: 'lake', key: lakeLayout.stageResult('trips', 'validate', key.digest) };
  const { value } = await readDocument<StageDocument<{ rows: number }>>(at().store, location);
  expect(value).toEqual({
    formatVersion: 1,
    madeBy: 'run/trips/1',
    parts: { stage: 'validate', code: 1, manifest: 'abc', plan: { columns: ['a'] } },
    result: { rows: 7 },
  });
});

test('a run that wants fresh work from an earlier or the same stage on does it again', async () => {
  const at = lake();
  await publish(at(), 7);
  expect(await publish(at({ freshFrom: 'ingest' }), 7)).toMatchObject({ rows: 7, reused: false });
  expect(await publish(at({ freshFrom: 'validate' }), 7)).toMatchObject({ reused: false });
  expect(await publish(at({ freshFrom: 'transform' }), 7)).toMatchObject({ reused: true });
});

test('fresh work with another result is a failure: the stage is not deterministic', async () => {
  const at = lake();
  await publish(at(), 7);
  await expect(publish(at({ freshFrom: 'ingest' }), 8)).rejects.toMatchObject({ code: 'IntegrityError' });
});
