import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What examples/flights/data.py prints. */
interface CutFiles {
  readonly files: readonly { readonly name: string; readonly rows: number; readonly sha256: string }[];
  readonly rows: number;
  readonly bad?: number;
}

export interface FlightData {
  /** One CSV file for each month of 2013, `01` to `12`. */
  readonly fileOf: (month: string) => string;
  readonly rowsOf: (month: string) => number;
  readonly totalRows: number;
  /** May with extra, deliberately bad rows. */
  readonly withBadRows: { readonly month: '05'; readonly file: string; readonly badRows: number };
  /** September with a misspelt column. */
  readonly withBrokenHeader: { readonly month: '09'; readonly file: string };
}

const PLANTED_ROWS = 40;

/** Cuts the real flights of 2013 into twelve files, and makes the two damaged ones. */
export async function prepareFlightData(python: string, directory: string): Promise<FlightData> {
  const cut = async (folder: string, ...options: readonly string[]): Promise<CutFiles> => {
    const target = join(directory, folder);
    await mkdir(target, { recursive: true });
    const { stdout } = await run(python, ['examples/flights/data.py', target, ...options]);
    return JSON.parse(stdout) as CutFiles;
  };
  const all = await cut('months');
  const bad = await cut('bad-rows', '--month', '05', '--plant-bad', String(PLANTED_ROWS));
  await cut('broken-header', '--month', '09', '--break-header');
  const rows = new Map(all.files.map((file) => [file.name, file.rows]));
  return {
    fileOf: (month) => join(directory, 'months', `2013-${month}.csv`),
    rowsOf: (month) => rows.get(`2013-${month}.csv`) ?? 0,
    totalRows: all.rows,
    withBadRows: { month: '05', file: join(directory, 'bad-rows', '2013-05.csv'), badRows: bad.bad ?? 0 },
    withBrokenHeader: { month: '09', file: join(directory, 'broken-header', '2013-09.csv') },
  };
}
