import type { StageProgress, StageStatus } from '../../domain/run-report';
import { duration } from '../format';
import { html, type Html } from '../html';
import { section } from '../section';

const TONES: Readonly<Record<StageStatus, string>> = {
  waiting: 'none',
  running: 'none',
  done: 'good',
  reused: 'good',
  skipped: 'none',
  failed: 'bad',
  cancelled: 'warn',
};

/** What each stage did, and how long it took. */
export function stagesSection(stages: readonly StageProgress[]): Html {
  const longest = Math.max(...stages.map(({ seconds }) => seconds ?? 0), 0.001);
  const total = stages.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
  return section(
    'stages',
    'Stages',
    html`<table class="stacked">
      <thead>
        <tr>
          <th>Stage</th>
          <th>Status</th>
          <th class="number">Time</th>
          <th class="wide"></th>
          <th>Result</th>
        </tr>
      </thead>
      <tbody>
        ${stages.map(
          ({ stage, status, seconds, note }) =>
            html`<tr>
              <td data-name="Stage">${stage}</td>
              <td data-name="Status"><span class="chip ${TONES[status]}">${status}</span></td>
              <td data-name="Time" class="number">${seconds === undefined ? '–' : duration(seconds)}</td>
              <td class="wide">
                <span class="gauge now"
                  ><span style="width:${((100 * (seconds ?? 0)) / longest).toFixed(1)}%"></span
                ></span>
              </td>
              <td data-name="Result" class="muted">${note ?? ''}</td>
            </tr>`,
        )}
      </tbody>
    </table>`,
    `${duration(total)} in all; "reused" is the stored result of an equal stage of an earlier run.`,
  );
}
