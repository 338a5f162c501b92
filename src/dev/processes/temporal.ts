import type { ProcessSpec } from '../process-spec';

const SEARCH_ATTRIBUTES = [
  'MillracePipeline',
  'MillraceStage',
  'MillraceModelVersion',
  'MillraceTrigger',
  'MillraceVerdict',
];

// Measured on two cores: WAL gives five times the signals a second, the poll rates halve the latency of a workflow,
// and without the timer setting timers and retries fire up to a second late.
const SQLITE_PRAGMAS = ['journal_mode=wal', 'synchronous=normal'];
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxTimeShift="10ms"',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
  // Tasks of many pipelines are served in turn (fairness keys), so that a flood of one does not starve the others.
  'matching.useNewMatcher=true',
  'matching.enableFairness=true',
];

const repeat = (flag: string, values: readonly string[]): string[] =>
  values.flatMap((value) => [flag, value]);

export interface TemporalOptions {
  readonly binary: string;
  readonly port: number;
  readonly uiPort: number;
  /** Absent = everything is forgotten when it stops. */
  readonly databaseFile?: string;
  readonly variables: Readonly<Record<string, string>>;
  /** More of the server's settings, `key=JSON` each. */
  readonly dynamicConfig?: readonly string[];
}

/** The Temporal development server with its Web UI, on loopback, namespace `default`. */
export function temporalProcess(options: TemporalOptions): ProcessSpec {
  return {
    name: 'temporal',
    command: options.binary,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--log-level', 'warn'],
      ...['--port', String(options.port), '--ui-port', String(options.uiPort)],
      ...(options.databaseFile ? ['--db-filename', options.databaseFile] : []),
      ...repeat('--sqlite-pragma', SQLITE_PRAGMAS),
      ...repeat('--dynamic-config-value', [...DYNAMIC_CONFIG, ...(options.dynamicConfig ?? [])]),
      ...repeat(
        '--search-attribute',
        SEARCH_ATTRIBUTES.map((name) => `${name}=Keyword`),
      ),
    ],
    variables: options.variables,
    // The gRPC port opens about a second before the namespace can be used; this asks for the namespace itself.
    readiness: { kind: 'http', url: `http://127.0.0.1:${options.uiPort}/api/v1/namespaces/default` },
    needs: [],
  };
}
