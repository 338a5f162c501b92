import { STANDINGS, type Standing } from '../../sql/quarantine-standing';
import type { RowQuestion } from '../../workers/quarantine/quarantined-rows';
import { hasQuarantine, type QuarantineLake } from '../../workers/quarantine/open-quarantine';
import { CommandError } from '../command';
import { EXIT_CODES } from '../exit-codes';
import type { CliSession } from '../session';

export interface FilterOptions {
  readonly batch?: string;
  readonly rule?: string;
  readonly standing?: string;
}

/** @throws CommandError usage for an unknown standing, notFound for a batch without rejected rows. */
export async function rowQuestion(
  { store, settings, plans, hint }: CliSession,
  pipeline: string,
  { batch = '', rule, standing }: FilterOptions,
): Promise<{ readonly lake: QuarantineLake; readonly question: RowQuestion }> {
  if (standing !== undefined && !isStanding(standing)) {
    const expected = STANDINGS.join(', ');
    throw new CommandError(EXIT_CODES.usage, `--standing must be one of ${expected}, got ${standing}`);
  }
  await plans.currentDigest(pipeline);
  const lake = { settings, store, pipeline };
  if (batch !== '' && !(await hasQuarantine(lake, batch))) {
    throw new CommandError(
      EXIT_CODES.notFound,
      `No such batch with rejected rows [pipeline=${pipeline}, batch=${batch}]: \`${hint(`quarantine list ${pipeline}`)}\` lists them`,
    );
  }
  return {
    lake,
    question: {
      batch,
      ...(rule === undefined ? {} : { rule }),
      ...(standing === undefined ? {} : { standing }),
    },
  };
}

function isStanding(text: string): text is Standing {
  return STANDINGS.some((standing) => standing === text);
}
