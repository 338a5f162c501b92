/** A value in words, for "got": `text "abc"`, `number 7`, `{"min":9}`, `nothing`. */
export function describeValue(value: unknown, written?: string): string {
  if (value === null || value === undefined) return written ? `${written} (no value)` : 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return shorten(JSON.stringify(value));
  if (typeof value === 'string') return `text ${JSON.stringify(shorten(value))}`;
  return `${typeof value} ${written ?? JSON.stringify(value)}`;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
