// The inference server over HTTP with the real engine and ONNX Runtime; only the object store is in memory.
import { createMemoryObjectStore } from '../../src/adapters/object-store/memory';
import { createHttpServingAdmin } from '../../src/adapters/serving-admin/http';
import { swapAlias } from '../../src/lake/registry';
import { LATE_FLIGHT } from '../support/flight-instances';
import { goldenRows } from '../support/model-fixtures';
import { LAKE, PIPELINE, registerModel } from '../support/registered-models';
import { ADMIN_TOKEN, get, post, startTestServing, type TestServing } from '../support/test-serving';

const store = createMemoryObjectStore();
let serving: TestServing;

beforeAll(async () => {
  expect(await registerModel(store, 'v1')).toBe(1);
  expect(await registerModel(store, 'v2')).toBe(2);
  await swapAlias(store, LAKE, PIPELINE, 'champion', 2);
  serving = await startTestServing(store);
});

afterAll(async () => {
  await serving.stop();
  expect(serving.problems).toEqual([]);
});

/** As the model sees it: UA is code 3, EWR code 0, 23 o'clock, and the window's latest value for EWR is 14.5. */
const lateFlight = LATE_FLIGHT;

async function predictOne(instance: unknown): Promise<number> {
  const { status, body } = await post(serving, '/predict/flights', { instances: [instance] });
  expect({ status, body }).toMatchObject({ status: 200 });
  return (body as { predictions: number[] }).predictions[0]!;
}

async function refusal(instance: unknown): Promise<string> {
  const { status, body } = await post(serving, '/predict/flights', { instances: [instance] });
  expect(status).toBe(400);
  return (body as { error: string }).error;
}

describe('POST /predict/{pipeline}', () => {
  it('computes the features with the plan’s SQL and the windows’ latest values', async () => {
    const features = {
      airline: 'UA',
      origin: 'EWR',
      distance: 500,
      departure_hour: 23,
      origin_delay_7d: 14.5,
    };
    const inputs = Object.entries(features).map(([name, value]) => ({
      name,
      shape: [1],
      datatype: typeof value === 'string' ? 'BYTES' : 'FP32',
      data: [value],
    }));
    const direct = await post(serving, '/v2/models/flights/infer', { inputs });
    const expected = (direct.body as { outputs: { data: number[] }[] }).outputs[0]!.data[0];
    const answer = await post(serving, '/predict/flights', { instances: [lateFlight] });
    expect(answer.body).toEqual({ modelVersion: 2, predictions: [expected] });
    expect(answer.headers.get('x-model-version')).toBe('2');
  });

  it('takes times in the declared format, in ISO 8601 with an offset, and without one as UTC', async () => {
    const expected = await predictOne(lateFlight);
    expect(await predictOne({ ...lateFlight, departed_at: '20.02.2013 23:10' })).toBe(expected);
    expect(await predictOne({ ...lateFlight, departed_at: '2013-02-21T04:10:00+05:00' })).toBe(expected);
    expect(await predictOne({ ...lateFlight, departed_at: '2013-02-20 23:10:00' })).toBe(expected);
  });

  it('prefers a window’s value from the request, and treats an unknown key as missing', async () => {
    const given = await predictOne({ ...lateFlight, origin_delay_7d: 40 });
    expect(given).not.toBe(await predictOne(lateFlight));
    expect(given).toBe(await predictOne({ ...lateFlight, origin_delay_7d: 40.0 }));
    expect(await predictOne({ ...lateFlight, origin: 'XXX' })).toBe(
      await predictOne({ ...lateFlight, origin: null }),
    );
  });

  it('answers many instances in order', async () => {
    const instances = Array.from({ length: 1200 }, (_, hour) => ({
      ...lateFlight,
      distance: 100 + hour,
      departed_at: `2013-02-20T${String(hour % 24).padStart(2, '0')}:00:00Z`,
    }));
    const { body } = await post(serving, '/predict/flights', { instances });
    const { predictions } = body as { predictions: number[] };
    expect(predictions).toHaveLength(1200);
    expect(predictions[7]).toBe(await predictOne(instances[7]));
    expect(predictions[1193]).toBe(await predictOne(instances[1193]));
  });

  it('names the field that was probably meant', async () => {
    await expect(refusal({ ...lateFlight, carier: 'UA' })).resolves.toBe(
      'Unknown field [field=carier, instance=0]: did you mean carrier?',
    );
  });

  it.each([
    [{ distance: 1.5 }, /column=distance, instance=0\]: expected a whole number, got "1.5"/],
    [{ distance: '0x10' }, /expected a whole number, got "0x10"/],
    [
      { departed_at: 'yesterday' },
      /column=departed_at, instance=0\]: expected an existing time .* or in the form %d\.%m\.%Y %H:%M, got "yesterday"/,
    ],
    [{ carrier: { code: 'UA' } }, /expected a string, got {"code":"UA"}/],
    [{ carrier: 'a\0b' }, /expected a string/],
    [{}, /An instance has no fields/],
  ])('refuses %j', async (instance, message) => {
    await expect(refusal(instance)).resolves.toMatch(message);
  });

  it('does not let a value become SQL', async () => {
    const hostile = "'); DROP TABLE source; SELECT ('";
    expect(await predictOne({ ...lateFlight, carrier: hostile })).toBe(
      await predictOne({ ...lateFlight, carrier: 'unseen' }),
    );
  });

  it('fails only the bad one of requests that arrive together', async () => {
    const good = Array.from({ length: 20 }, () => predictOne(lateFlight));
    const bad = refusal({ ...lateFlight, departed_at: '2013-02-31T00:00:00' });
    const answers = await Promise.all(good);
    expect(new Set(answers).size).toBe(1);
    await expect(bad).resolves.toMatch(/column=departed_at/);
  });

  it('says that a pipeline has no model, and what a body must look like', async () => {
    const missing = await post(serving, '/predict/trains', { instances: [lateFlight] });
    expect(missing).toMatchObject({ status: 404, body: { code: 'NotFound' } });
    const wrong = await post(serving, '/predict/flights', [lateFlight]);
    expect(wrong).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/"instances"/) as string },
    });
    const none = await post(serving, '/predict/flights', { instances: [] });
    expect(none.status).toBe(400);
  });
});

describe('the Open Inference Protocol', () => {
  it('describes server and model', async () => {
    expect(await get(serving, '/v2')).toMatchObject({ body: { name: 'millrace', extensions: [] } });
    expect(await get(serving, '/v2/health/live')).toMatchObject({ status: 200 });
    expect(await get(serving, '/v2/health/ready')).toMatchObject({ status: 200 });
    expect(await get(serving, '/v2/models/flights/ready')).toMatchObject({ status: 200 });
    expect(await get(serving, '/v2/models/flights/versions/7/ready')).toMatchObject({ status: 404 });
    const { body } = await get(serving, '/v2/models/flights');
    expect(body).toMatchObject({
      name: 'flights',
      versions: ['2'],
      platform: 'onnx_onnxv1',
      inputs: [
        { name: 'airline', datatype: 'BYTES', shape: [-1] },
        { name: 'origin', datatype: 'BYTES', shape: [-1] },
        { name: 'distance', datatype: 'FP32', shape: [-1] },
        { name: 'departure_hour', datatype: 'FP32', shape: [-1] },
        { name: 'origin_delay_7d', datatype: 'FP32', shape: [-1] },
      ],
      outputs: [{ name: 'prediction', datatype: 'FP32', shape: [-1] }],
    });
  });

  it('reproduces the golden predictions', async () => {
    const golden = await goldenRows('v2');
    const inputs = Object.keys(golden[0]!.features).map((name) => {
      const data = golden.map(({ features }) => features[name] ?? null);
      const datatype = data.some((value) => typeof value === 'string') ? 'BYTES' : 'FP64';
      return { name, shape: [golden.length, 1], datatype, data };
    });
    const { body } = await post(serving, '/v2/models/flights/versions/2/infer', { id: 'abc', inputs });
    const answer = body as {
      id: string;
      model_version: string;
      outputs: { data: number[]; shape: number[] }[];
    };
    expect(answer).toMatchObject({ id: 'abc', model_name: 'flights', model_version: '2' });
    expect(answer.outputs[0]!.shape).toEqual([64]);
    golden.forEach(({ prediction }, row) => {
      expect(Math.abs(answer.outputs[0]!.data[row]! - prediction)).toBeLessThan(1e-6);
    });
  });

  it.each([
    [{ name: 'distanze', shape: [1], datatype: 'FP32', data: [1] }, /did you mean distance\?/],
    [{ name: 'distance', shape: [2], datatype: 'FP32', data: [1] }, /Wrong shape .*expected \[1\]/],
    [{ name: 'distance', shape: [1], datatype: 'FP23', data: [1] }, /Unknown datatype/],
    [{ name: 'distance', shape: [1], datatype: 'FP32', data: ['1'] }, /Data do not fit the datatype/],
    [{ name: 'airline', shape: [1], datatype: 'INT8', data: [1] }, /expected a string or null, got 1/],
  ])('refuses %j', async (input, message) => {
    const { status, body } = await post(serving, '/v2/models/flights/infer', { inputs: [input] });
    expect(status).toBe(400);
    expect((body as { error: string }).error).toMatch(message);
  });
});

describe('the SageMaker container contract', () => {
  it('answers /ping and /invocations', async () => {
    expect((await get(serving, '/ping')).status).toBe(200);
    const { body } = await post(serving, '/invocations', { instances: [lateFlight] });
    expect(body).toEqual({ predictions: [await predictOne(lateFlight)] });
  });
});

describe('the admin routes', () => {
  it.each([undefined, 'Bearer wrong', ADMIN_TOKEN, 'Bearer '])(
    'refuse the authorization %s',
    async (authorization) => {
      const headers = authorization === undefined ? {} : { authorization };
      const response = await fetch(`${serving.url}/admin/models/flights`, { headers });
      expect(response.status).toBe(401);
    },
  );

  it('load a version beside the live one, check it, and let it go when another is activated', async () => {
    const admin = createHttpServingAdmin({ url: serving.url, adminToken: ADMIN_TOKEN });
    await admin.load(PIPELINE, 1);
    await admin.load(PIPELINE, 1);
    expect(await admin.status(PIPELINE)).toEqual({ liveVersion: 2, loadedVersions: [1, 2] });
    const check = await admin.checkGolden(PIPELINE, 1);
    expect(check.rows).toBe(64);
    expect(check.maxDifference).toBeLessThan(1e-6);
    await admin.activate(PIPELINE, 1);
    expect(await admin.status(PIPELINE)).toEqual({ liveVersion: 1, loadedVersions: [1] });
    await admin.activate(PIPELINE, 2);
  });

  it('take the live version away and put it back', async () => {
    const admin = createHttpServingAdmin({ url: serving.url, adminToken: ADMIN_TOKEN });
    await admin.deactivate(PIPELINE);
    await admin.deactivate(PIPELINE);
    expect(await admin.status(PIPELINE)).toEqual({ loadedVersions: [] });
    expect((await post(serving, '/predict/flights', { instances: [lateFlight] })).status).toBe(404);
    await admin.activate(PIPELINE, 2);
    expect(await predictOne(lateFlight)).toBeGreaterThan(0);
  });

  it('map failures to the port’s codes', async () => {
    const admin = createHttpServingAdmin({ url: serving.url, adminToken: ADMIN_TOKEN });
    await expect(admin.load(PIPELINE, 99)).rejects.toMatchObject({ code: 'NotFound' });
    const stranger = createHttpServingAdmin({ url: serving.url, adminToken: 'wrong' });
    await expect(stranger.load(PIPELINE, 1)).rejects.toMatchObject({ code: 'InvalidInput' });
    const nobody = createHttpServingAdmin({ url: 'http://127.0.0.1:9', adminToken: 'any' });
    await expect(nobody.status(PIPELINE)).rejects.toMatchObject({ code: 'ServingUnavailable' });
  });

  it('refuse a version whose files were changed', async () => {
    const damaged = createMemoryObjectStore();
    await registerModel(damaged, 'v1');
    const location = { bucket: LAKE, key: 'models/flights/artifacts/v1/model.onnx' };
    await damaged.put(location, { kind: 'bytes', bytes: Buffer.from('not the model') });
    const server = await startTestServing(damaged);
    try {
      const admin = createHttpServingAdmin({ url: server.url, adminToken: ADMIN_TOKEN });
      await expect(admin.load(PIPELINE, 1)).rejects.toMatchObject({ code: 'DeployCheckFailed' });
      expect(await admin.status(PIPELINE)).toEqual({ loadedVersions: [] });
    } finally {
      await server.stop();
    }
  });
});

describe('GET /metrics', () => {
  it('counts predictions by model version and names the live version', async () => {
    await predictOne(lateFlight);
    const { body, headers } = await get(serving, '/metrics');
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    expect(body).toMatch(
      /millrace_prediction_requests_total{pipeline="flights",version="2",outcome="ok"} \d+/,
    );
    expect(body).toMatch(/millrace_live_model_version{pipeline="flights"} 2/);
    expect(body).toMatch(/millrace_prediction_seconds_bucket{le="0.005",pipeline="flights",version="2"/);
    expect(body).not.toMatch(/trains/);
  });
});
