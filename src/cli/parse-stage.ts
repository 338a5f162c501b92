import { STAGES, type Stage } from '../domain/stage';
import { CommandError } from './command';
import { EXIT_CODES } from './exit-codes';

/** @throws CommandError usage with the list of stages. */
export function parseStage(name: string): Stage {
  const stage = STAGES.find((known) => known === name);
  if (stage) return stage;
  throw new CommandError(EXIT_CODES.usage, `No such stage [stage=${name}]: expected ${STAGES.join(', ')}`);
}
