import type { Finding, SpecPath } from '../finding';
import { bareIdentifier } from '../sql-identifiers';
import type { SpecView } from '../spec-view';

interface Named {
  readonly name: string;
  readonly path: SpecPath;
  readonly what: string;
  /** The column that this feature merely repeats: it may share its name. */
  readonly sameAs?: string | undefined;
}

/** Columns, label, features and windows stand side by side in one table: names are unique, whatever their case. */
export function checkNames(view: SpecView): readonly Finding[] {
  const taken = new Map<string, Named>();
  return namedThings(view).flatMap((thing): readonly Finding[] => {
    const id = thing.name.toLowerCase();
    const earlier = taken.get(id);
    if (!earlier) taken.set(id, thing);
    else if (!isColumnItself(thing, earlier)) return [clash(thing, earlier)];
    // From here on the name belongs to the feature, so that a second feature of that name is found.
    taken.set(id, thing);
    return [];
  });
}

function isColumnItself(thing: Named, earlier: Named): boolean {
  return earlier.what === 'column' && thing.sameAs === earlier.name && thing.name === earlier.name;
}

function namedThings(view: SpecView): readonly Named[] {
  const columns = [...(view.columns?.keys() ?? [])].map((name): Named => ({
    name,
    path: view.columnPath(name),
    what: 'column',
  }));
  const features = view.features.flatMap((item, index): readonly Named[] => {
    if (item === undefined) return [];
    if (typeof item === 'string')
      return [{ name: item, path: ['features', index], what: 'feature', sameAs: item }];
    const path = ['features', index, 'name'];
    return [{ name: item.name, path, what: 'feature', sameAs: bareIdentifier(item.sql) }];
  });
  const windows = view.windows.flatMap((item, index): readonly Named[] =>
    item ? [{ name: item.name, path: ['windows', index, 'name'], what: 'window' }] : [],
  );
  const label: readonly Named[] = view.label
    ? [{ name: view.label.name, path: ['label', 'name'], what: 'label' }]
    : [];
  return [...columns, ...label, ...features, ...windows];
}

function clash(thing: Named, earlier: Named): Finding {
  return {
    path: thing.path,
    at: thing.what === 'column' ? 'key' : 'value',
    message: `the name "${thing.name}" is taken by a ${earlier.what}`,
    expected: 'a name that no column, label, feature or window has',
    got: `"${thing.name}"`,
  };
}
