// subtract-lock.mjs A B: prints the entries of lock file A whose package is not in lock file B.
import { readFileSync } from 'node:fs';

/** Splits a pip lock file into its entries: `name==version \` with indented hash lines. */
function entries(file) {
  return readFileSync(file, 'utf8')
    .split(/\n(?=[a-z0-9])/i)
    .map((text) => ({ name: /^([\w.-]+)(\[[^\]]*\])?==/.exec(text)?.[1]?.toLowerCase(), text }))
    .filter(({ name }) => name !== undefined);
}

const [from, without] = process.argv.slice(2);
const known = new Set(entries(without).map(({ name }) => name));
for (const { name, text } of entries(from)) if (!known.has(name)) process.stdout.write(`${text.trimEnd()}\n`);
