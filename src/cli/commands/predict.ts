import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { commandAction, CommandError } from '../command';
import { EXIT_CODES, type ExitCode } from '../exit-codes';
import { parseJson } from '../parse-json';

interface PredictOptions {
  readonly input: string;
}

/** Answer of `POST /predict/{pipeline}`. */
export interface PredictAnswer {
  readonly modelVersion: number;
  readonly predictions: readonly number[];
}

const TIMEOUT_MS = 30_000;

export function registerPredict(program: Command): void {
  program
    .command('predict PIPELINE')
    .description('ask the live endpoint')
    .requiredOption('--input <json|file>', 'one record or a list of records, as JSON or in a JSON file')
    .action(
      commandAction(async ({ settings, hint }, _output, pipeline: string, options: PredictOptions) => {
        const instances = await readInstances(options.input);
        const answer = await askEndpoint(settings.serving.url, pipeline, instances, hint('up'));
        return { document: answer, text: describePredictions(pipeline, answer) };
      }),
    );
}

/** Records from JSON text or a file that holds it. @throws CommandError notFound for a missing file, usage for other text. */
export async function readInstances(input: string): Promise<readonly unknown[]> {
  const isJson = /^\s*[[{]/.test(input);
  const text = isJson ? input : await readInputFile(input);
  try {
    const value = parseJson(text);
    return Array.isArray(value) ? (value as readonly unknown[]) : [value];
  } catch (error) {
    const where = isJson ? 'The input' : `The input file ${input}`;
    throw usageError(`${where} is ${messageOf(error)}; give {"field": value, …} or a list of these`);
  }
}

/**
 * @param startCommand starts the server that did not answer
 * @throws CommandError with the exit code that fits the server's answer.
 */
export async function askEndpoint(
  url: string,
  pipeline: string,
  instances: readonly unknown[],
  startCommand: string,
): Promise<PredictAnswer> {
  const address = new URL(`/predict/${encodeURIComponent(pipeline)}`, url);
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ instances }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    body = await response.json();
  } catch (error) {
    throw new CommandError(
      EXIT_CODES.unreachable,
      `No answer from the inference server [url=${url}]: ${messageOf(error)}; start it with \`${startCommand}\``,
    );
  }
  if (response.ok) return body as PredictAnswer;
  const { error } = body as { readonly error?: string };
  throw new CommandError(exitCodeOf(response.status), error ?? `The server answered ${response.status}`);
}

function exitCodeOf(status: number): ExitCode {
  if (status === 404) return EXIT_CODES.notFound;
  if (status === 503) return EXIT_CODES.unreachable;
  return status < 500 ? EXIT_CODES.usage : EXIT_CODES.failed;
}

function describePredictions(pipeline: string, { predictions, modelVersion }: PredictAnswer): string {
  return [...predictions.map(String), `(${pipeline} v${modelVersion})`].join('\n');
}

async function readInputFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CommandError(
      EXIT_CODES.notFound,
      `Input file cannot be read [file=${path}]: ${messageOf(error)}; JSON itself begins with { or [`,
    );
  }
}

function usageError(message: string): CommandError {
  return new CommandError(EXIT_CODES.usage, message);
}

/** `fetch failed` alone says nothing; the cause has the reason. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
