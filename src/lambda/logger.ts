type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Counts and places only: no keys, no bodies. */
export interface Logger {
  readonly info: (message: string, fields?: LogFields) => void;
  readonly warn: (message: string, fields?: LogFields) => void;
  readonly error: (message: string, fields?: LogFields) => void;
}

/** One JSON object per line, the form that CloudWatch Logs Insights reads. */
export function createJsonLogger(write: (line: string) => void): Logger {
  const log =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      write(`${JSON.stringify({ level, message, ...fields })}\n`);
    };
  return { info: log('info'), warn: log('warn'), error: log('error') };
}
