import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const PYTHON = path.join(process.cwd(), 'trainer', '.venv', 'bin', 'python');

/**
 * Runs a program in the trainer's environment and returns what it printed.
 *
 * It leaves without the interpreter's clean-up: in about one of ten the threads of deltalake abort there
 * ("terminate called without an active exception"), after all is done and said.
 */
export async function runPython(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const whole = `${program}\nimport os, sys\nsys.stdout.flush()\nos._exit(0)\n`;
  const options = { maxBuffer: 64 * 1024 * 1024, env };
  const { stdout } = await promisify(execFile)(PYTHON, ['-c', whole, ...args], options);
  return stdout;
}
