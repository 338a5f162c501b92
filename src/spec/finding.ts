export type PathPart = string | number;
export type SpecPath = readonly PathPart[];

/** A problem in the pipeline file, before its place in the text is looked up. */
export interface Finding {
  readonly path: SpecPath;
  /** Which part of `key: value` to point at. */
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly expected?: string;
  readonly got?: string;
  /** The text to write instead. */
  readonly suggestion?: string;
}

/** `['features', 3, 'sql']` → `features[3].sql` */
export function formatPath(path: SpecPath): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${part}`))
    .join('');
}
