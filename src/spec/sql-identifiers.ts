/**
 * Names that an SQL expression uses, as far as that can be told without parsing it: identifiers that are neither
 * called as functions nor inside text. Good enough for hints, not for security.
 */
export function sqlIdentifiers(sql: string): readonly string[] {
  const found = new Set<string>();
  for (const [, quoted, plain, call] of sql.matchAll(TOKEN)) {
    if (quoted !== undefined) found.add(quoted.replaceAll('""', '"'));
    else if (plain !== undefined && call === undefined) found.add(plain);
  }
  return [...found];
}

/** The name when the whole expression is one name, such as `distance`. */
export function bareIdentifier(sql: string): string | undefined {
  return /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*$/.exec(sql)?.[1];
}

/** Keywords, types and interval units: names that need not be columns. */
export function isSqlWord(name: string): boolean {
  return WORDS.has(name.toLowerCase());
}

// Text literal | "quoted" | plain identifier, with the parenthesis that makes it a call | number.
const TOKEN =
  /'(?:[^']|'')*'|"((?:[^"]|"")+)"|([A-Za-z_][A-Za-z0-9_]*)(\s*\()?|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

const WORDS: ReadonlySet<string> = new Set(
  `all and any as asc between both by case cast collate date decade decades desc distinct else end escape except
  exists false filter first following for from glob group having ignore ilike in interval is isnull last like null
  nulls not notnull on or order over partition preceding range respect row rows select similar then to trailing
  leading true try_cast unbounded unknown using when where window with within xor
  bigint blob bool boolean char decimal double float hugeint int integer int2 int4 int8 numeric precision real smallint
  string text time timestamp timestamptz tinyint ubigint uint uuid varchar zone
  microsecond microseconds millisecond milliseconds second seconds minute minutes hour hours day days week weeks
  month months quarter quarters year years epoch century centuries millennium dow doy isodow isoyear
  current_date current_time current_timestamp`.split(/\s+/),
);
