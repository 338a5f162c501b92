import type { EvaluationReport, MetricValues } from '../../domain/evaluation';
import { count, number } from '../format';
import { html, type Html } from '../html';
import { section } from '../section';
import { metricName } from '../verdict';

/** The new model, the live one and the baseline on the same rows. */
export function modelSection(evaluation: EvaluationReport | undefined): Html {
  if (!evaluation) return html``;
  const { champion, challenger, baseline, reason, holdoutFrom, holdoutRows, metric } = evaluation;
  const names = Object.keys(challenger.metrics) as readonly (keyof MetricValues)[];
  const row = (title: string, metrics: MetricValues | undefined): Html =>
    html`<tr>
      <th scope="row">${title}</th>
      ${names.map((name) => {
        const value = metrics?.[name];
        return html`<td class="number">${typeof value === 'number' ? value.toFixed(4) : '–'}</td>`;
      })}
    </tr>`;
  return section(
    'model',
    'Model',
    html`<p>${reason}</p>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th></th>
              ${names.map((name) => html`<th class="number">${metricName(name)}${name === metric && ' ★'}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${row('New model', challenger.metrics)}
            ${champion && row(`Live model v${champion.version}`, champion.metrics)}
            ${row('Always the mean', baseline.metrics)}
          </tbody>
        </table>
      </div>
      <p class="muted">
        ★ decides; better by more than ${number(evaluation.minImprovementPercent)} % goes live. Golden rows:
        ${count(evaluation.golden.rows)}, largest difference
        ${evaluation.golden.maxDifference.toExponential(1)}.
      </p>`,
    `Measured on ${count(holdoutRows)} rows from ${holdoutFrom} on, which no model was trained on.`,
  );
}
