import { randomBytes } from 'node:crypto';
import { readFile, truncate } from 'node:fs/promises';
import path from 'node:path';
import { hashingDownload } from '../../src/lake/streams';
import type { PutBody } from '../../src/ports/object-store';
import { sha256, type ContractHarness } from './object-store-harness';

/** The part of the contract about whole, unchanged bytes. */
export function describeIntegrity(h: ContractHarness): void {
  describe('integrity', () => {
    test('a file whose hash is not the announced one is refused and nothing is stored', async () => {
      const location = h.fresh();
      const body: PutBody = {
        kind: 'file',
        path: await h.fileWith(Buffer.from('bytes')),
        bytes: 5,
        sha256: sha256('other'),
      };
      await expect(h.store.put(location, body)).rejects.toMatchObject({ code: 'IntegrityError' });
      await expect(h.store.createIfAbsent(location, body)).rejects.toMatchObject({ code: 'IntegrityError' });
      await expect(h.store.head(location)).rejects.toMatchObject({ code: 'NotFound' });
    });

    test('a file that shrank since it was measured is refused at once', async () => {
      const file = await h.fileWith(Buffer.from('longer'));
      const body: PutBody = { kind: 'file', path: file, bytes: 6, sha256: sha256('longer') };
      await truncate(file, 3);
      await expect(h.store.put(h.fresh(), body)).rejects.toMatchObject({ code: 'IntegrityError' });
    });

    test('a file that vanished is a technical failure', async () => {
      const body: PutBody = {
        kind: 'file',
        path: path.join(h.folder, 'none'),
        bytes: 1,
        sha256: sha256('x'),
      };
      await expect(h.store.put(h.fresh(), body)).rejects.toMatchObject({ name: 'TransientFailure' });
    });

    test('a file of 20 MB travels both ways and keeps its hash', async () => {
      const content = randomBytes(20_000_000);
      const location = h.fresh();
      const body: PutBody = {
        kind: 'file',
        path: await h.fileWith(content),
        bytes: content.length,
        sha256: sha256(content),
      };
      expect(await h.store.put(location, body)).toMatchObject({ bytes: 20_000_000, sha256: body.sha256 });
      const target = path.join(h.folder, 'download');
      const download = await hashingDownload(h.store, location, target, { expectedSha256: body.sha256 });
      expect(download).toMatchObject({ sha256: body.sha256, bytes: 20_000_000 });
      expect(sha256(await readFile(target))).toBe(body.sha256);
    });

    test('a hundred half-read bodies can be destroyed and the store goes on answering', async () => {
      const location = h.fresh();
      await h.store.put(location, { kind: 'bytes', bytes: randomBytes(3_000_000) });
      for (let round = 0; round < 100; round++) {
        const { body } = await h.store.open(location);
        if (round % 2 === 0) {
          for await (const chunk of body) {
            expect((chunk as Uint8Array).length).toBeGreaterThan(0);
            break;
          }
        }
        body.destroy();
      }
      expect((await h.store.head(location)).bytes).toBe(3_000_000);
    });
  });
}
