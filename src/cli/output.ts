import { SingleBar } from 'cli-progress';

/** Where a command writes. A terminal has `isTTY`. */
export interface OutputStream {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean | undefined;
}

export interface OutputOptions {
  /** One JSON document on stdout instead of text. */
  readonly json: boolean;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

/** A bar on stderr when that is a terminal, silent elsewhere. */
export interface Progress {
  readonly update: (done: number, label?: string) => void;
  readonly stop: () => void;
}

export interface Output {
  readonly json: boolean;
  /** The answer of the command, once: the document as JSON, or the text for people. */
  readonly result: (document: unknown, humanText: string) => void;
  /** What is going on, for people; on stderr, so that stdout stays the answer. */
  readonly info: (text: string) => void;
  /** The problem, in one message without a stack trace, on stderr; with `--json` the document on stdout as well. */
  readonly error: (document: unknown, humanText: string) => void;
  readonly progress: (label: string, total: number) => Progress;
}

const SILENT_PROGRESS: Progress = { update: () => undefined, stop: () => undefined };

function startBar(label: string, total: number): Progress {
  const bar = new SingleBar({
    format: '{label} [{bar}] {value}/{total} {duration_formatted}',
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(total, 0, { label });
  return {
    update: (done, nextLabel) => {
      bar.update(done, nextLabel === undefined ? {} : { label: nextLabel });
    },
    stop: () => {
      bar.stop();
    },
  };
}

/** The only place of the CLI that writes. Results go to stdout, everything else to stderr. */
export function createOutput({ json, stdout, stderr }: OutputOptions): Output {
  const line = (stream: OutputStream, text: string): void => {
    stream.write(text.endsWith('\n') ? text : `${text}\n`);
  };
  return {
    json,
    result: (document, humanText) => {
      line(stdout, json ? JSON.stringify(document, null, 2) : humanText);
    },
    info: (text) => {
      line(stderr, text);
    },
    error: (document, humanText) => {
      if (json) line(stdout, JSON.stringify(document, null, 2));
      line(stderr, humanText);
    },
    progress: (label, total) => (stderr.isTTY && !json ? startBar(label, total) : SILENT_PROGRESS),
  };
}
