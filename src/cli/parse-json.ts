/** Text that is not JSON, and where it stops being JSON. */
export class JsonTextError extends Error {
  constructor(text: string, offset: number, reason: string) {
    const before = text.slice(0, offset).split('\n');
    const place = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
    super(`not JSON at ${place}: ${reason}`);
    this.name = 'JsonTextError';
  }
}

/** JSON.parse that says where the text is wrong, which Node's does for some mistakes only. @throws JsonTextError */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const { offset, expected } = firstMistake(text);
    const rest = text.slice(offset).trimStart();
    const got = rest === '' ? 'the end of the text' : JSON.stringify(rest.slice(0, 12));
    throw new JsonTextError(text, offset, `expected ${expected}, got ${got}`);
  }
}

interface Mistake {
  readonly offset: number;
  readonly expected: string;
}

const BLANKS = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const PLAIN_VALUE = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|true\b|false\b|null\b/y;

/** Reads along the grammar of RFC 8259 as far as it goes. */
function firstMistake(text: string): Mistake {
  let offset = 0;
  const take = (token: RegExp): boolean => {
    token.lastIndex = offset;
    const match = token.exec(text);
    if (match) offset += match[0].length;
    return match !== null;
  };
  const sign = (expected: string): boolean => {
    take(BLANKS);
    if (text[offset] !== expected) return false;
    offset += 1;
    return true;
  };
  const fail = (expected: string): never => {
    take(BLANKS);
    // Thrown and caught inside of this function only.
    throw Object.assign(new Error('mistake'), { expected });
  };
  const list = (end: string, item: () => void): void => {
    if (sign(end)) return;
    do item();
    while (sign(','));
    if (!sign(end)) fail(`"," or "${end}"`);
  };
  const value = (): void => {
    if (sign('{')) list('}', member);
    else if (sign('[')) list(']', value);
    else if (!take(STRING) && !take(PLAIN_VALUE)) fail('a value');
  };
  const member = (): void => {
    take(BLANKS);
    if (!take(STRING)) fail('a name in double quotes');
    if (!sign(':')) fail('":"');
    value();
  };
  try {
    value();
    return fail('nothing more');
  } catch (error) {
    return { offset, expected: (error as Mistake).expected };
  }
}
