import { REPOSITORY } from '../test/support/millrace';
import { writeResult, type Benchmark } from './lib/benchmark';
import { data } from './data/run';
import { events } from './events/run';
import { orchestration } from './orchestration/run';
import { overhead } from './overhead/run';
import { recovery } from './recovery/run';

const BENCHMARKS: Readonly<Record<string, Benchmark>> = { data, events, orchestration, overhead, recovery };

async function main(args: readonly string[]): Promise<number> {
  const name = args.find((arg) => !arg.startsWith('--')) ?? '';
  const quick = args.includes('--quick');
  const say = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  const benchmark = BENCHMARKS[name];
  if (!benchmark) {
    say(`Usage: npm run bench -- NAME [--quick], with NAME one of ${Object.keys(BENCHMARKS).join(', ')}`);
    return 2;
  }
  const result = await benchmark({ quick, args: args.slice(args.indexOf(name) + 1), say });
  for (const { name: what, value, unit, goal, ok } of result.checks) {
    process.stdout.write(`${ok ? 'ok  ' : 'MISS'} ${what}: ${value} ${unit} (${goal})\n`);
  }
  if (!quick) say(`Written to ${writeResult(REPOSITORY, name, result)}`);
  return result.checks.every(({ ok }) => ok) ? 0 : 1;
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
