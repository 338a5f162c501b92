import { readBytes } from '../../src/lake/streams';
import { RACERS, sha256, text, type ContractHarness } from './object-store-harness';

/** The part of the contract on which exactly-once effects rest. */
export function describeConditionalWrites(h: ContractHarness): void {
  describe('conditional writes', () => {
    test('create makes an object once and then describes the standing one', async () => {
      const location = h.fresh();
      const first = await h.store.createIfAbsent(location, text('mine'));
      const second = await h.store.createIfAbsent(location, text('yours'));
      expect(first.created).toBe(true);
      expect(second).toMatchObject({ created: false, head: { bytes: 4, sha256: sha256('mine') } });
      expect(second.head.etag).toBe(first.head.etag);
      expect(await h.contentOf(location)).toBe('mine');
    });

    test('creating equal content again is not a creation', async () => {
      const location = h.fresh();
      await h.store.createIfAbsent(location, text('same'));
      expect(await h.store.createIfAbsent(location, text('same'))).toMatchObject({ created: false });
    });

    test('create works again after the object was removed', async () => {
      const location = h.fresh();
      await h.store.createIfAbsent(location, text('one'));
      await h.store.remove(location);
      expect(await h.store.createIfAbsent(location, text('two'))).toMatchObject({ created: true });
      expect(await h.contentOf(location)).toBe('two');
    });

    test('of the racers who create a removed object again exactly one wins', async () => {
      const location = h.fresh();
      await h.store.put(location, text('removed'));
      await h.store.remove(location);
      const results = await Promise.all(
        Array.from({ length: RACERS }, (_, racer) =>
          h.store.createIfAbsent(location, text(`racer ${racer}`)),
        ),
      );
      const winners = results.flatMap(({ created }, racer) => (created ? [racer] : []));
      expect(winners).toHaveLength(1);
      expect(await h.contentOf(location)).toBe(`racer ${winners[0]!}`);
    });

    test.each(['versionedBucket', 'plainBucket'] as const)(
      `of ${RACERS} racers in the %s exactly one creates`,
      async (which) => {
        for (let round = 0; round < 5; round++) {
          const location = { ...h.fresh(), bucket: h.subject[which] };
          const results = await Promise.all(
            Array.from({ length: RACERS }, (_, racer) =>
              h.store.createIfAbsent(location, text(`racer ${racer}`)),
            ),
          );
          const winners = results.flatMap(({ created }, racer) => (created ? [racer] : []));
          expect(winners).toHaveLength(1);
          expect(await h.contentOf(location)).toBe(`racer ${winners[0]!}`);
          const standing = new Set(results.map(({ head }) => head.sha256));
          expect([...standing]).toEqual([sha256(`racer ${winners[0]!}`)]);
        }
      },
    );

    test('replace needs the current ETag', async () => {
      const location = h.fresh();
      const { etag } = await h.store.put(location, text('one'));
      const replaced = await h.store.replaceIfMatch(location, text('two'), etag);
      expect(replaced).toMatchObject({ bytes: 3, sha256: sha256('two') });
      expect(replaced?.etag).toBe((await h.store.head(location)).etag);
      expect(await h.store.replaceIfMatch(location, text('three'), etag)).toBeUndefined();
      expect(await h.contentOf(location)).toBe('two');
    });

    test('replacing what is not there loses and creates nothing', async () => {
      const location = h.fresh();
      const { etag } = await h.store.put(location, text('one'));
      await h.store.remove(location);
      expect(await h.store.replaceIfMatch(location, text('two'), etag)).toBeUndefined();
      expect(await h.store.replaceIfMatch(h.fresh(), text('two'), etag)).toBeUndefined();
      await expect(h.store.head(location)).rejects.toMatchObject({ code: 'NotFound' });
    });

    test.each(['versionedBucket', 'plainBucket'] as const)(
      `of ${RACERS} racers in the %s exactly one replaces`,
      async (which) => {
        const location = { ...h.fresh(), bucket: h.subject[which] };
        let { etag } = await h.store.put(location, text('start'));
        for (let round = 0; round < 5; round++) {
          const results = await Promise.all(
            Array.from({ length: RACERS }, (_, racer) =>
              h.store.replaceIfMatch(location, text(`round ${round} racer ${racer}`), etag),
            ),
          );
          const winners = results.flatMap((head, racer) => (head ? [{ head, racer }] : []));
          expect(winners).toHaveLength(1);
          expect(await h.contentOf(location)).toBe(`round ${round} racer ${winners[0]!.racer}`);
          etag = winners[0]!.head.etag;
        }
      },
    );

    test('20 writers that count up in one object with replace lose no step', async () => {
      const location = h.fresh('counter');
      await h.store.put(location, text('0'));
      const countUp = async (): Promise<void> => {
        for (;;) {
          const { bytes, head } = await readBytes(h.store, location, 100);
          const next = text(String(Number(Buffer.from(bytes).toString()) + 1));
          if (await h.store.replaceIfMatch(location, next, head.etag)) return;
        }
      };
      await Promise.all(Array.from({ length: RACERS }, countUp));
      expect(await h.contentOf(location)).toBe(String(RACERS));
    });
  });
}
