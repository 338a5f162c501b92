/** What the letters of JDK's DateTimeFormatter are in strptime. */
const TOKENS: Readonly<Record<string, string>> = {
  yyyy: '%Y',
  uuuu: '%Y',
  yy: '%y',
  MMMM: '%B',
  MMM: '%b',
  MM: '%m',
  dd: '%d',
  EEEE: '%A',
  EEE: '%a',
  HH: '%H',
  hh: '%I',
  mm: '%M',
  ss: '%S',
  SSS: '%g',
  SSSSSS: '%f',
  a: '%p',
  XXX: '%z',
  xxx: '%z',
  Z: '%z',
};

const ISO = /^yyyy-MM-dd(?:'?T'?HH:mm:ss(?:\.S{3,6})?(?:'Z'|Z|X{1,3}|x{1,3})?)?$/;

/**
 * A date format of the standard (JDK letters) as strptime; a text with `%` is strptime already.
 *
 * @returns `iso` when it is what columns without a format are read as; `undefined` for letters without a counterpart
 */
export function toStrptime(format: string): { readonly strptime: string } | 'iso' | undefined {
  if (format.includes('%')) return { strptime: format };
  if (ISO.test(format)) return 'iso';
  const parts = format.match(/'[^']*'|([A-Za-z])\1*|[^A-Za-z']+/g) ?? [];
  const converted = parts.map((part) => {
    if (part.startsWith("'")) return part === "''" ? "'" : part.slice(1, -1);
    if (!/^[A-Za-z]/.test(part) || part === 'T') return part;
    return TOKENS[part];
  });
  return converted.includes(undefined) ? undefined : { strptime: converted.join('') };
}
