import type { RunInfo } from '../client/run-client';
import { CommandError } from './command';
import { EXIT_CODES } from './exit-codes';
import type { CliSession } from './session';

/** The newest run with this workflow id. @throws CommandError notFound. */
export async function findRun(session: CliSession, run: string): Promise<RunInfo> {
  const info = await (await session.runs()).find(run);
  if (info) return info;
  throw new CommandError(
    EXIT_CODES.notFound,
    `No such run [run=${run}]: \`${session.hint('runs')}\` lists them`,
  );
}
