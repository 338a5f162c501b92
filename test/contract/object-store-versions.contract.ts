import type { ObjectVersionSummary } from '../../src/ports/object-store';
import { text, type ContractHarness } from './object-store-harness';

/** More than one page of 1,000 entries. */
const MANY = 1_150;

/** Listing every version: what the intake finds overwritten and removed objects with. */
export function describeVersionListing(h: ContractHarness): void {
  const listVersions = async (prefix: string, bucket = h.bucket): Promise<ObjectVersionSummary[]> => {
    const versions: ObjectVersionSummary[] = [];
    for await (const version of h.store.listVersions(bucket, prefix)) versions.push(version);
    return versions;
  };
  const folderOf = ({ key }: { readonly key: string }): string => key.slice(0, key.indexOf('/') + 1);

  describe('listing versions', () => {
    test('every version of a key is listed once, the newest content first, with what HEAD says of it', async () => {
      const location = h.fresh('größe +%20.csv');
      const heads = [];
      for (const content of ['one', 'three', 'two']) heads.push(await h.store.put(location, text(content)));
      const listed = await listVersions(folderOf(location));
      expect(listed.map(({ versionId }) => versionId)).toEqual(
        heads.map(({ versionId }) => versionId).reverse(),
      );
      const [newest] = listed;
      const { etag, bytes } = await h.store.head(location);
      expect(newest).toMatchObject({ key: location.key, etag, bytes, deleted: false });
    });

    test('a removed object leaves its versions and a marker with an id of its own', async () => {
      const location = h.fresh();
      const { versionId } = await h.store.put(location, text('gone'));
      await h.store.remove(location);
      const listed = await listVersions(location.key);
      expect(listed.filter(({ deleted }) => !deleted)).toMatchObject([{ versionId }]);
      const markers = listed.filter(({ deleted }) => deleted);
      expect(markers).toHaveLength(1);
      expect(markers[0]?.versionId).toEqual(expect.not.stringMatching(`^${versionId ?? ''}$`));
    });

    test('keys come in order, whether they stand or were removed', async () => {
      const prefix = h.freshPrefix();
      for (const key of ['b', 'a', 'c/x', 'ab'])
        await h.store.put({ bucket: h.bucket, key: prefix + key }, text(key));
      await h.store.remove({ bucket: h.bucket, key: `${prefix}a` });
      const keys = (await listVersions(prefix)).map(({ key }) => key.slice(prefix.length));
      expect([...new Set(keys)]).toEqual(['a', 'ab', 'b', 'c/x']);
      expect([...keys].sort()).toEqual(keys);
    });

    test('listing goes on over pages without losing or repeating a version', async () => {
      const prefix = h.freshPrefix();
      const ids = new Set<string>();
      const put = async (key: string): Promise<void> => {
        const { versionId } = await h.store.put({ bucket: h.bucket, key: prefix + key }, text(key));
        ids.add(`${prefix}${key} ${versionId ?? ''}`);
      };
      const keys = Array.from({ length: MANY / 2 }, (_, index) => `k${index}`).values();
      const lane = async (): Promise<void> => {
        for (const key of keys) {
          await put(key);
          await put(key);
        }
      };
      await Promise.all(Array.from({ length: 8 }, lane));
      const listed = (await listVersions(prefix)).map(({ key, versionId }) => `${key} ${versionId ?? ''}`);
      expect(listed).toHaveLength(MANY);
      expect(new Set(listed)).toEqual(ids);
    }, 60_000);

    test('without versioning a key has one entry without a version id, and none once it is removed', async () => {
      const location = { ...h.fresh(), bucket: h.subject.plainBucket };
      await h.store.put(location, text('one'));
      await h.store.put(location, text('two'));
      const listed = await listVersions(location.key, location.bucket);
      expect(listed).toMatchObject([{ key: location.key, bytes: 3, deleted: false }]);
      expect(listed[0]).not.toHaveProperty('versionId');
      await h.store.remove(location);
      expect(await listVersions(location.key, location.bucket)).toEqual([]);
    });

    test('a missing bucket is NotFound', async () => {
      await expect(listVersions('', 'no-such-bucket')).rejects.toMatchObject({ code: 'NotFound' });
    });
  });
}
