import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { MillraceBench } from './millrace';
import { generateFlights } from './python';

export interface MonthsResult {
  readonly measuredAt: string;
  /** Seconds to add one and the same month to a table of one month, and of 119. */
  readonly month2: readonly number[];
  readonly month120: readonly number[];
}

/** Adds December 2013 to a table of November alone, and to one of the 119 months before it. */
export async function measureMonths(
  python: string,
  directory: string,
  millrace: MillraceBench,
  repeats: number,
  say: (text: string) => void,
): Promise<MonthsResult> {
  const source = path.join(directory, 'flights-months');
  const { files } = await generateFlights(python, source, 10, 'month');
  const paths = files.map((name) => path.join(source, name)).sort();
  const last = paths.slice(-1);
  const add = async (pipeline: string, before: readonly string[]): Promise<number> => {
    await millrace.process(pipeline, before);
    const { seconds } = await millrace.process(pipeline, last);
    say(`${pipeline}: ${seconds.toFixed(2)} s for one more month`);
    return seconds;
  };
  const [month2, month120]: [number[], number[]] = [[], []];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    month2.push(await add(`bench-month-2-${repeat}`, paths.slice(-2, -1)));
    month120.push(await add(`bench-month-120-${repeat}`, paths.slice(0, -1)));
  }
  await rm(source, { recursive: true });
  return { measuredAt: new Date().toISOString(), month2, month120 };
}
