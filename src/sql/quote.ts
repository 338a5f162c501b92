/** An SQL identifier. Everything that goes into SQL text passes through this file. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** An SQL text literal. @throws RangeError for a NUL character, which would end the statement early. */
export function text(value: string): string {
  if (value.includes('\0')) throw new RangeError('Text with a NUL character cannot be put into SQL');
  return `'${value.replaceAll("'", "''")}'`;
}

/** `(a, b, …)` of text literals. */
export function textList(values: readonly string[]): string {
  return `(${values.map(text).join(', ')})`;
}

export function identifiers(names: readonly string[]): string {
  return names.map(identifier).join(', ');
}

/** A finite number as an SQL literal. @throws RangeError */
export function number(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`Not an SQL number [value=${String(value)}]`);
  return String(value);
}

/** A user's expression in parentheses; the line break ends a comment that it might end with. */
export function expression(sql: string): string {
  return /--/.test(sql) ? `(${sql}\n)` : `(${sql})`;
}

/** `text` with every line but the first indented by `spaces`. */
export function indent(lines: readonly string[], spaces = 2): string {
  return lines.join(`,\n${' '.repeat(spaces)}`);
}
