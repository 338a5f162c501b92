import { createInterface } from 'node:readline/promises';
import { CommandError } from './command';
import { EXIT_CODES } from './exit-codes';
import type { Output } from './output';

/** Asks on the terminal. @throws CommandError usage where nobody can be asked, and refused after a no. */
export async function confirm(output: Output, question: string): Promise<void> {
  if (output.json || !process.stdin.isTTY) {
    throw new CommandError(
      EXIT_CODES.usage,
      'Nobody can be asked here: --yes starts it, --dry-run only shows the plan',
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    terminal.close();
  }
  throw new CommandError(EXIT_CODES.refused, 'Nothing was started');
}
