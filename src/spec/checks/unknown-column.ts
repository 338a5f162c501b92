import type { Finding, SpecPath } from '../finding';
import { nearestName } from '../../domain/nearest-name';
import type { SpecView } from '../spec-view';

/** A finding unless `name` is a column; none when the columns themselves cannot be read. */
export function unknownColumn(view: SpecView, name: string | undefined, path: SpecPath): readonly Finding[] {
  if (name === undefined || !view.columns || view.columns.has(name)) return [];
  const suggestion = nearestName(name, view.columns.keys());
  return [
    {
      path,
      at: 'value',
      message: `unknown column "${name}"`,
      expected: `the name of a column in ${view.columnsIn}`,
      got: `"${name}"`,
      ...(suggestion === undefined ? {} : { suggestion }),
    },
  ];
}
