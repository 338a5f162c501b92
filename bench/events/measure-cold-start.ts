import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { REPOSITORY } from '../../test/support/millrace';

export interface ColdStart {
  /** From the start of the process to the first line of the program: Node alone. */
  readonly processMs: number;
  /** Loading the bundle. */
  readonly importMs: number;
  /** First invocation, with the connection to Temporal and one signal. */
  readonly firstMs: number;
  /** Second invocation of the same process. */
  readonly warmMs: number;
}

export interface LambdaPackage {
  readonly bytes: number;
  readonly gzippedBytes: number;
  readonly coldStarts: readonly ColdStart[];
}

const FIXTURE = 'src/lambda/fixtures/sqs/s3-direct.json';

/** The function as it goes to AWS Lambda, in fresh Node processes one after the other. */
export function measureColdStarts(temporalAddress: string, repeats: number): LambdaPackage {
  execFileSync('npm', ['run', '--silent', 'build:lambda'], { cwd: REPOSITORY });
  const bundle = path.join(REPOSITORY, 'dist', 'lambda-package', 'index.js');
  const code = readFileSync(bundle);
  const folder = mkdtempSync(path.join(tmpdir(), 'cold-start-'));
  const program = path.join(folder, 'invoke.js');
  writeFileSync(program, invokeTwice(bundle, readFileSync(path.join(REPOSITORY, FIXTURE), 'utf8')));
  const env = { PATH: process.env['PATH'], TEMPORAL_ADDRESS: temporalAddress };
  try {
    const coldStarts = Array.from({ length: repeats }, () => {
      const printed = execFileSync(process.execPath, [program], { cwd: folder, env, encoding: 'utf8' });
      return JSON.parse(printed.slice(printed.lastIndexOf('\nTIMES ') + 7)) as ColdStart;
    });
    return { bytes: code.length, gzippedBytes: gzipSync(code, { level: 9 }).length, coldStarts };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function invokeTwice(bundle: string, event: string): string {
  return `const began = performance.now();
const { handler } = require(${JSON.stringify(bundle)});
const loaded = performance.now();
const event = ${event};
const invoke = async () => {
  const { batchItemFailures } = await handler(event);
  if (batchItemFailures.length > 0) throw new Error('not accepted');
  return performance.now();
};
invoke().then(async (first) => {
  const second = await invoke();
  const times = { processMs: began, importMs: loaded - began, firstMs: first - loaded, warmMs: second - first };
  process.stdout.write('\\nTIMES ' + JSON.stringify(times), () => process.exit());
});
`;
}
