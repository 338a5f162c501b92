/** Lower-case name of the column that an expression consists of; undefined for all others. */
export function bareColumn(sql: string): string | undefined {
  const [, plain, quoted] = /^\s*(?:([a-z_]\w*)|"((?:[^"]|"")+)")\s*$/i.exec(sql) ?? [];
  return (plain ?? quoted?.replaceAll('""', '"'))?.toLowerCase();
}
