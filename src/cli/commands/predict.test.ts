import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { askEndpoint, readInstances } from './predict';

describe('readInstances', () => {
  it('takes one record, a list, or a file of either', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'millrace-predict-'));
    try {
      const file = path.join(directory, 'flight.json');
      await writeFile(file, '[{"a":1},{"a":2}]');
      expect(await readInstances('{"a": 1}')).toEqual([{ a: 1 }]);
      expect(await readInstances(' [{"a": 1}]')).toEqual([{ a: 1 }]);
      expect(await readInstances(file)).toEqual([{ a: 1 }, { a: 2 }]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('refuses text that is not JSON as wrong usage and says where it is wrong', async () => {
    await expect(readInstances('{"a": }')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('line 1, column 7') as string,
    });
  });

  it('does not find a file that is not there', async () => {
    await expect(readInstances('/nowhere/flight.json')).rejects.toMatchObject({ exitCode: 3 });
  });
});

describe('askEndpoint', () => {
  let server: Server;
  let url: string;
  let answer: { readonly status: number; readonly body: unknown };
  let asked: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        asked = `${request.method ?? ''} ${request.url ?? ''} ${body}`;
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(answer.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  it('returns predictions and model version', async () => {
    answer = { status: 200, body: { modelVersion: 3, predictions: [0.25] } };
    await expect(askEndpoint(url, 'flights', [{ a: 1 }], 'millrace up')).resolves.toEqual(answer.body);
    expect(asked).toBe('POST /predict/flights {"instances":[{"a":1}]}');
  });

  it.each([
    [400, 2],
    [404, 3],
    [500, 1],
    [503, 5],
  ])('turns status %d into exit code %d with the server’s message', async (status, exitCode) => {
    answer = { status, body: { error: 'did you mean carrier?', code: 'x' } };
    await expect(askEndpoint(url, 'flights', [{}], 'millrace up')).rejects.toMatchObject({
      exitCode,
      message: 'did you mean carrier?',
    });
  });

  it('says that nobody answers', async () => {
    await expect(askEndpoint('http://127.0.0.1:9', 'flights', [{}], 'millrace up')).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(
        /No answer from the inference server \[url=.*\]: .*start it with/,
      ) as string,
    });
  });
});
