import type { PermanentFailureCode, TransientFailureCode } from '../domain/failure-codes';

type FailureFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** `What failed [key=value, …]: expected/got, how to fix`. */
function describe(message: string, fields: FailureFields): string {
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return message;
  const shown = pairs.map(([name, value]) => `${name}=${String(value)}`).join(', ');
  const colon = message.indexOf(': ');
  return colon < 0 ? `${message} [${shown}]` : `${message.slice(0, colon)} [${shown}]${message.slice(colon)}`;
}

/** Bad input, broken promise, missing thing: trying again cannot help. */
export class PermanentFailure extends Error {
  constructor(
    readonly code: PermanentFailureCode,
    message: string,
    readonly fields: FailureFields = {},
    options?: ErrorOptions,
  ) {
    super(describe(message, fields), options);
    this.name = 'PermanentFailure';
  }
}

/** Waits for something that may not be there: undefined in place of `PermanentFailure('NotFound')`. */
export async function ifFound<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof PermanentFailure && error.code === 'NotFound') return undefined;
    throw error;
  }
}

/** A technical fault outside our control: trying again may help. */
export class TransientFailure extends Error {
  constructor(
    readonly code: TransientFailureCode,
    message: string,
    readonly fields: FailureFields = {},
    options?: ErrorOptions,
  ) {
    super(describe(message, fields), options);
    this.name = 'TransientFailure';
  }
}
