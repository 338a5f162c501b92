import { access, constants, stat } from 'node:fs/promises';

/** Why a local file cannot be judged; undefined when it can be read. */
export async function dataFileProblem(file: string): Promise<string | undefined> {
  try {
    if (!(await stat(file)).isFile())
      return 'expected a plain file; name the files of a directory one by one';
    await access(file, constants.R_OK);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
