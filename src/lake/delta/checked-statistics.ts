import { PermanentFailure } from '../../ports/failures';
import { readFooter } from '../parquet/footer';
import { statisticsText } from './file-statistics';

/**
 * Statistics of a data file that was just written, read back from its footer.
 *
 * @throws PermanentFailure('IntegrityError') when the file does not hold `rows` rows.
 */
export async function checkedStatistics(path: string, rows: number): Promise<string> {
  const footer = await readFooter(path);
  if (footer.rows === rows) return statisticsText(footer);
  const message = `Data file holds other rows than were written: expected ${rows}, its footer says ${footer.rows}`;
  throw new PermanentFailure('IntegrityError', message, { path });
}
