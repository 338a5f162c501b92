/** Markup that is safe to put into a page. Made only by {@link html}, {@link join} and, for charts, {@link trusted}. */
export interface Html {
  readonly markup: string;
}

type Value = Html | readonly Html[] | string | number | false | undefined;

/** A template whose values are escaped, whatever they hold; markup goes in only as {@link Html}. */
export function html(texts: TemplateStringsArray, ...values: readonly Value[]): Html {
  // Indentation of a template is for its readers; that of a value is its own.
  const parts = texts.map((part, index) => part.replace(/\n\s+/g, '\n') + markupOf(values[index]));
  return { markup: parts.join('') };
}

/** Markup from a library that was given numbers and names of ours, never values of rows. */
export function trusted(markup: string): Html {
  return { markup };
}

function markupOf(value: Value): string {
  if (value === undefined || value === false) return '';
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value));
  if ('markup' in value) return value.markup;
  return value.map(({ markup }) => markup).join('');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Direction marks and other invisible characters would let a value change how its surroundings read. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu;

function escapeText(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')
    .replace(INVISIBLE, (character) => visible(character));
}

function visible(character: string): string {
  if (character === '\n' || character === '\t') return character;
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
