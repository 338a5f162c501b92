import { describeConditionalWrites } from './object-store-conditional.contract';
import { sha256, text, useHarness, type ObjectStoreSubject } from './object-store-harness';
import { describeIntegrity } from './object-store-integrity.contract';
import { describeVersionListing } from './object-store-versions.contract';

const ODD_KEYS = [
  'with blank/and blank.csv',
  'plus+sign+.csv',
  'percent%20not-a-blank.csv',
  'percent%2Fnot-a-slash.csv',
  'umlaut/größe-Ω-数据.csv',
  'emoji/🛩.csv',
  "quotes/it's (a) [test] & more=ok;,@!$.csv",
  'question?mark#hash.csv',
];
const UNSAFE_KEYS = [
  ['an empty key', ''],
  ['a leading slash', '/a'],
  ['a double slash', 'a//b'],
  ['a dot segment', 'a/./b'],
  ['a dot-dot segment', 'a/../b'],
  ['a leading dot-dot segment', '../b'],
  ['a segment of 256 bytes', `a/${'x'.repeat(256)}`],
  ['more than 1024 bytes', 'x/'.repeat(512) + 'x'],
  ['a new line', 'a\nb'],
  ['half a surrogate pair', 'a\ud800b'],
] as const;

/** What every object store must do; run by the memory fake and by every real adapter. */
export function describeObjectStoreContract(name: string, create: () => Promise<ObjectStoreSubject>): void {
  describe(`${name} as an object store`, () => {
    const h = useHarness(create);

    describeConditionalWrites(h);
    describeIntegrity(h);
    describeVersionListing(h);

    describe('reading and writing', () => {
      test('what was put is read back with its hash, length and a whole head', async () => {
        const location = h.fresh();
        const written = await h.store.put(location, text('hello'));
        const { head, body } = await h.store.open(location);
        const chunks = await body.toArray();
        expect(Buffer.concat(chunks as Uint8Array[]).toString()).toBe('hello');
        expect(head).toMatchObject({ ...location, bytes: 5, sha256: sha256('hello') });
        expect(head.etag).toMatch(/^[0-9a-f-]+$/);
        expect(await h.store.head(location)).toEqual(head);
        expect(written).toEqual({ ...head, lastModified: written.lastModified });
        const skewMs = Math.abs(Date.parse(head.lastModified) - Date.parse(written.lastModified));
        expect(skewMs).toBeLessThan(5_000);
        expect(Math.abs(Date.parse(head.lastModified) - Date.now())).toBeLessThan(60_000);
      });

      test('an empty object can be put and read', async () => {
        const location = h.fresh();
        await h.store.put(location, text(''));
        expect(await h.contentOf(location)).toBe('');
        expect((await h.store.head(location)).sha256).toBe(sha256(''));
      });

      test('a put replaces the earlier content', async () => {
        const location = h.fresh();
        await h.store.put(location, text('one'));
        await h.store.put(location, text('two'));
        expect(await h.contentOf(location)).toBe('two');
      });

      test.each(ODD_KEYS)(
        'the key %p arrives unchanged through put, list, head, copy and remove',
        async (odd) => {
          const location = h.fresh(odd);
          const target = h.fresh(odd);
          await h.store.put(location, text(odd));
          expect(await h.listAll(location.key.slice(0, location.key.indexOf('/') + 1))).toEqual([
            location.key,
          ]);
          await h.store.copy(location, target);
          expect(await h.contentOf(target)).toBe(odd);
          await h.store.remove(location);
          await expect(h.store.head(location)).rejects.toMatchObject({ code: 'NotFound' });
        },
      );

      test.each(UNSAFE_KEYS)('refuses %s before anything is sent', async (_what, key) => {
        const location = { bucket: h.bucket, key };
        const good = h.fresh();
        await h.store.put(good, text('x'));
        const refusal = {
          code: 'InvalidInput',
          message: expect.stringContaining('Unsafe object key') as string,
        };
        await expect(h.store.put(location, text('x'))).rejects.toMatchObject(refusal);
        await expect(h.store.createIfAbsent(location, text('x'))).rejects.toMatchObject(refusal);
        await expect(h.store.replaceIfMatch(location, text('x'), 'e')).rejects.toMatchObject(refusal);
        await expect(h.store.copy(good, location)).rejects.toMatchObject(refusal);
        await expect(h.store.head(location)).rejects.toMatchObject(refusal);
        await expect(h.store.open(location)).rejects.toMatchObject(refusal);
        await expect(h.store.remove(location)).rejects.toMatchObject(refusal);
      });

      test('refuses to write under a key that ends with a slash', async () => {
        await expect(h.store.put(h.fresh('folder/'), text('x'))).rejects.toMatchObject({
          code: 'InvalidInput',
        });
      });

      test('a copy has the content and the hash of its source', async () => {
        const [from, to] = [h.fresh(), h.fresh()];
        await h.store.put(from, text('copied'));
        const head = await h.store.copy(from, to);
        expect(head).toMatchObject({ ...to, bytes: 6, sha256: sha256('copied') });
        expect(await h.store.head(to)).toEqual(head);
      });

      test('a copy goes to another bucket', async () => {
        const from = h.fresh();
        const to = { ...from, bucket: h.subject.plainBucket };
        await h.store.put(from, text('across'));
        await h.store.copy(from, to);
        expect(await h.contentOf(to)).toBe('across');
      });

      test('removing twice succeeds', async () => {
        const location = h.fresh();
        await h.store.put(location, text('x'));
        await h.store.remove(location);
        await h.store.remove(location);
        await expect(h.store.open(location)).rejects.toMatchObject({ code: 'NotFound' });
      });
    });

    describe('missing things', () => {
      test('a missing object is NotFound for head, open and copy', async () => {
        const missing = h.fresh();
        const failure = { name: 'PermanentFailure', code: 'NotFound' };
        await expect(h.store.head(missing)).rejects.toMatchObject(failure);
        await expect(h.store.open(missing)).rejects.toMatchObject(failure);
        await expect(h.store.copy(missing, h.fresh())).rejects.toMatchObject(failure);
      });

      test('a missing bucket is NotFound for every method', async () => {
        const missing = { bucket: 'no-such-bucket', key: 'a' };
        const good = h.fresh();
        await h.store.put(good, text('x'));
        const failure = { name: 'PermanentFailure', code: 'NotFound' };
        await expect(h.store.head(missing)).rejects.toMatchObject(failure);
        await expect(h.store.open(missing)).rejects.toMatchObject(failure);
        await expect(h.store.put(missing, text('x'))).rejects.toMatchObject(failure);
        await expect(h.store.createIfAbsent(missing, text('x'))).rejects.toMatchObject(failure);
        await expect(h.store.replaceIfMatch(missing, text('x'), 'e')).rejects.toMatchObject(failure);
        await expect(h.store.copy(good, missing)).rejects.toMatchObject(failure);
        await expect(h.listAll('', 'no-such-bucket')).rejects.toMatchObject(failure);
        await expect(h.store.remove(missing)).rejects.toMatchObject(failure);
      });

      test('an unknown version is NotFound or InvalidInput, never another version', async () => {
        const location = h.fresh();
        await h.store.put(location, text('x'));
        const unknown = { ...location, versionId: '01ARZ3NDEKTSV4RRFFQ69G5FAV' };
        await expect(h.store.head(unknown)).rejects.toMatchObject({ name: 'PermanentFailure' });
        await expect(h.store.open(unknown)).rejects.toMatchObject({ name: 'PermanentFailure' });
      });
    });

    describe('versions', () => {
      test('a version that is removed by id is gone for good, and the one before it stands again', async () => {
        const location = h.fresh();
        const first = await h.store.put(location, text('first'));
        const second = await h.store.put(location, text('second'));
        await h.store.remove({ ...location, versionId: second.versionId! });
        await expect(h.store.head({ ...location, versionId: second.versionId! })).rejects.toMatchObject({
          code: 'NotFound',
        });
        expect(await h.store.head(location)).toMatchObject({ versionId: first.versionId });
        await h.store.remove({ ...location, versionId: first.versionId! });
        await expect(h.store.head(location)).rejects.toMatchObject({ code: 'NotFound' });
        expect(await h.listAll(location.key)).toEqual([]);
      });

      test('an overwritten and a removed version can still be read by id', async () => {
        const location = h.fresh();
        const first = await h.store.put(location, text('first'));
        const second = await h.store.put(location, text('second'));
        await h.store.remove(location);
        expect(first.versionId).toBeDefined();
        expect(first.versionId).not.toBe(second.versionId);
        expect(await h.contentOf({ ...location, versionId: first.versionId! })).toBe('first');
        expect(await h.contentOf({ ...location, versionId: second.versionId! })).toBe('second');
        expect(await h.store.head({ ...location, versionId: first.versionId! })).toMatchObject({
          versionId: first.versionId,
          sha256: sha256('first'),
        });
      });

      test('an old version can be copied', async () => {
        const [from, to] = [h.fresh('a b+c'), h.fresh()];
        const first = await h.store.put(from, text('first'));
        await h.store.put(from, text('second'));
        await h.store.copy({ ...from, versionId: first.versionId! }, to);
        expect(await h.contentOf(to)).toBe('first');
      });

      test('without versioning there is no version id', async () => {
        const location = { ...h.fresh(), bucket: h.subject.plainBucket };
        const head = await h.store.put(location, text('x'));
        expect(head).not.toHaveProperty('versionId');
        expect(await h.store.head(location)).not.toHaveProperty('versionId');
      });
    });

    describe('listing', () => {
      test('keys come in byte order, whatever their punctuation', async () => {
        const prefix = h.freshPrefix();
        const keys = [
          'a',
          'a b',
          'a!',
          'a-b',
          'a.b',
          'a/b',
          'a/b-c',
          'a/b.c',
          'a0',
          'aB',
          'ab',
          'ä',
          '数',
        ].filter(
          // A store on a file system cannot hold both `a` and `a/…`.
          (key) => key !== 'a',
        );
        for (const key of [...keys].reverse())
          await h.store.put({ bucket: h.bucket, key: prefix + key }, text(key));
        const inByteOrder = keys
          .map((key) => prefix + key)
          .sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
        expect(await h.listAll(prefix)).toEqual(inByteOrder);
      });

      test('2,500 keys come complete and in order', async () => {
        const prefix = h.freshPrefix();
        const keys = Array.from(
          { length: 2500 },
          (_, index) => `${prefix}k${String(index).padStart(5, '0')}`,
        );
        for (let start = 0; start < keys.length; start += 100) {
          await Promise.all(
            keys.slice(start, start + 100).map((key) => h.store.put({ bucket: h.bucket, key }, text(key))),
          );
        }
        expect(await h.listAll(prefix)).toEqual(keys);
      });

      test('a listing shows current sizes and ETags, not removed or older versions', async () => {
        const location = h.fresh('kept');
        const removed = { ...location, key: location.key.replace('kept', 'removed') };
        await h.store.put(location, text('old'));
        const head = await h.store.put(location, text('newer'));
        await h.store.put(removed, text('x'));
        await h.store.remove(removed);
        const found = [];
        for await (const summary of h.store.list(h.bucket, location.key.replace('kept', '')))
          found.push(summary);
        expect(found).toEqual([
          {
            key: location.key,
            etag: head.etag,
            bytes: 5,
            lastModified: expect.stringMatching(/^\d{4}-.*Z$/) as string,
          },
        ]);
      });

      test('a listing starts behind the given key, whether that one exists or not', async () => {
        const prefix = h.freshPrefix();
        const keys = ['log/01.json', 'log/02.json', 'log/02.parquet', 'log/10.json'].map(
          (key) => prefix + key,
        );
        for (const key of keys) await h.store.put({ bucket: h.bucket, key }, text(key));
        expect(await h.listAll(`${prefix}log/`, h.bucket, keys[1])).toEqual(keys.slice(2));
        expect(await h.listAll(`${prefix}log/`, h.bucket, `${prefix}log/05`)).toEqual(keys.slice(3));
        expect(await h.listAll(`${prefix}log/`, h.bucket, keys[3])).toEqual([]);
      });

      test('a prefix that nothing has lists nothing', async () => {
        expect(await h.listAll('nothing/here/')).toEqual([]);
      });
    });
  });
}
