import { PermanentFailure, TransientFailure } from '../../ports/failures';
import { UnreadableContent } from './unreadable-content';

/**
 * What the engine says, besides errors that it calls those of its input, of files whose lengths and headers lead it
 * astray: "Invalid Error" stands for whatever its Thrift reader throws.
 */
const MISREAD = /Could not read enough bytes|Invalid Error: (?!.*alloc)/;

/**
 * Runs a statement that does nothing but read one file, whose bytes were compared with the batch manifest before: if
 * the engine cannot make sense of them, the sender has to send it again. Memory, disk and interruption stay failures.
 */
export async function readingFile<T>(format: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isAboutContent(error))
      throw new UnreadableContent(`the ${format} data is damaged: ${wordsOf(error)}`);
    throw error;
  }
}

function isAboutContent(error: unknown): error is Error {
  if (error instanceof PermanentFailure) return error.code === 'InvalidInput';
  return error instanceof TransientFailure && MISREAD.test(error.message);
}

/** The engine's own prefixes, and what it left out to protect row values, help nobody here. */
function wordsOf(error: Error): string {
  return error.message
    .replace(/^(SQL|Query engine) failed: ([A-Za-z ]+ Error: )?/, '')
    .replace(/[\s:]*(…|["'([]).*$/s, '');
}

/** Why a file cannot be read; undefined = it was. */
export async function unreadable(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof UnreadableContent) return error.reason;
    throw error;
  }
}
