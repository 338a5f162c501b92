import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface ServerMetrics {
  readonly observePrediction: (observation: PredictionObservation) => void;
  readonly setLiveVersion: (pipeline: string, version: number | undefined) => void;
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

export interface PredictionObservation {
  readonly pipeline: string;
  /** Undefined when no model answered. */
  readonly version: number | undefined;
  readonly outcome: 'ok' | 'refused' | 'failed';
  readonly rows: number;
  readonly seconds: number;
}

/** From a tenth of what a warm single prediction takes to where a caller has given up. */
const LATENCY_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Prometheus metrics of one server, in a registry of its own. */
export function createServerMetrics(): ServerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const labelNames = ['pipeline', 'version', 'outcome'] as const;
  const requests = new Counter({
    name: 'millrace_prediction_requests_total',
    help: 'Prediction requests by pipeline, model version and outcome (ok, refused, failed).',
    labelNames,
    registers: [registry],
  });
  const rows = new Counter({
    name: 'millrace_predictions_total',
    help: 'Predicted rows by pipeline and model version.',
    labelNames: ['pipeline', 'version'],
    registers: [registry],
  });
  const latency = new Histogram({
    name: 'millrace_prediction_seconds',
    help: 'Time from a parsed request to its predictions, by pipeline, model version and outcome.',
    labelNames,
    buckets: LATENCY_BUCKETS_SECONDS,
    registers: [registry],
  });
  const live = new Gauge({
    name: 'millrace_live_model_version',
    help: 'Model version that answers for a pipeline; 0 when none does.',
    labelNames: ['pipeline'],
    registers: [registry],
  });
  return {
    observePrediction: ({ pipeline, version, outcome, rows: count, seconds }) => {
      // Names come from requests: only those of models that exist may become time series.
      if (version === undefined) return;
      const labels = { pipeline, version: String(version), outcome };
      requests.inc(labels);
      latency.observe(labels, seconds);
      if (outcome === 'ok') rows.inc({ pipeline, version: String(version) }, count);
    },
    setLiveVersion: (pipeline, version) => {
      live.set({ pipeline }, version ?? 0);
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
