import type { MetricName, TrainingTask } from '../../domain/plan';
import type { Finding } from '../finding';
import type { SpecView } from '../spec-view';

const METRICS: Readonly<Record<TrainingTask, readonly MetricName[]>> = {
  binary_classification: ['auc', 'logloss'],
  regression: ['rmse', 'mae'],
};

export function checkTraining({ training }: SpecView): readonly Finding[] {
  if (!training || METRICS[training.task].includes(training.metric)) return [];
  return [
    {
      path: ['training', 'metric'],
      at: 'value',
      message: `${training.metric} does not measure ${training.task}`,
      expected: METRICS[training.task].join(' or '),
      got: training.metric,
    },
  ];
}
