import type { ObjectLocation } from '../domain/s3-uri';
import type { ObjectStore } from '../ports/object-store';

/** Every object in the landing zone, oldest first, so that later uploads win over earlier ones. */
export async function* landedObjects(
  store: ObjectStore,
  bucket: string,
  prefix: string,
): AsyncIterable<ObjectLocation> {
  const objects: { readonly key: string; readonly lastModified: string }[] = [];
  for await (const { key, lastModified } of store.list(bucket, prefix)) {
    if (!key.endsWith('/')) objects.push({ key, lastModified });
  }
  objects.sort(
    (left, right) => compare(left.lastModified, right.lastModified) || compare(left.key, right.key),
  );
  for (const { key } of objects) yield { bucket, key };
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
