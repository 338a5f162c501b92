import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FaultRule } from './fault-rules';

/** Decides whether a rule may fire once more. */
export type ClaimFault = (rule: FaultRule) => Promise<boolean>;

/**
 * One file per firing, created exclusively: so a rule fires `times` times over all processes and restarts, and a
 * process that a rule killed is not killed by it again.
 */
export function createFaultMarkers(directory: string): ClaimFault {
  return async (rule) => {
    await mkdir(directory, { recursive: true });
    const name = `fault-${createHash('sha256').update(rule.id).digest('hex').slice(0, 16)}`;
    for (let firing = 1; firing <= rule.times; firing++) {
      if (await createExclusively(path.join(directory, `${name}-${firing}`), rule.id)) return true;
    }
    return false;
  };
}

async function createExclusively(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
