import pinned from './pinned-versions.json';

/**
 * Versions of what the local stack runs on, read by `scripts/setup.sh` as well.
 * `node`, `python` and `go` are the lowest that work; the others are built or fetched at exactly this version.
 */
export const VERSIONS: Readonly<typeof pinned> = pinned;
