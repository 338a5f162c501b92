import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadKeyRing } from './load-key-ring';

const keys = `k1:${Buffer.alloc(32, 1).toString('base64')}`;

test('without keys the codec is off', async () => {
  expect(await loadKeyRing({})).toBeUndefined();
});

test('keys come from a variable, from a file, or from the key service', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-keys-'));
  await writeFile(join(folder, 'keys'), `# comment\n${keys}\n`);
  const sealed = `k1:${Buffer.from('sealed').toString('base64')}`;
  const decrypt = (ciphertext: Uint8Array): Promise<Uint8Array> => {
    expect(Buffer.from(ciphertext).toString()).toBe('sealed');
    return Promise.resolve(Buffer.alloc(32, 1));
  };
  const rings = await Promise.all([
    loadKeyRing({ keys }),
    loadKeyRing({ keysFile: join(folder, 'keys') }),
    loadKeyRing({ kmsKeys: sealed }, decrypt),
  ]);
  for (const ring of rings) {
    expect(ring?.activeId).toBe('k1');
    expect(ring?.keys.get('k1')?.export()).toEqual(Buffer.alloc(32, 1));
  }
  await rm(folder, { recursive: true });
});

test('two sources at once are refused: which one counts would be a guess', async () => {
  await expect(loadKeyRing({ keys, kmsKeys: keys })).rejects.toThrow('set only one of');
});
