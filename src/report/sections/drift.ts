import { MODERATE_PSI, STRONG_PSI } from '../../domain/drift';
import type { ColumnDrift } from '../../domain/profile-drift';
import { percentText } from '../format';
import { html, type Html } from '../html';
import type { Comparison } from '../run-facts';
import { section } from '../section';

const LEVELS: Readonly<Record<ColumnDrift['level'], { readonly words: string; readonly tone: string }>> = {
  stable: { words: 'stable', tone: 'good' },
  moderate: { words: 'moved', tone: 'warn' },
  strong: { words: 'moved far', tone: 'bad' },
  unclear: { words: 'too few rows to tell', tone: 'none' },
  'not compared': { words: 'not compared', tone: 'none' },
};

/** Said only where there is something to say. */
export function driftChip({ level, psi }: ColumnDrift): Html {
  if (level === 'not compared' || level === 'stable') return html``;
  const { words, tone } = LEVELS[level];
  return html`<span class="chip ${tone}" title="PSI ${(psi ?? 0).toFixed(3)}">${words}</span>`;
}

/** How far each column has moved, the farthest first. */
export function driftSection(batch: Comparison | undefined, features: Comparison | undefined): Html {
  if (!batch && !features) {
    return section(
      'drift',
      'Drift',
      html`<p class="muted">
        There is nothing to compare with yet: no earlier accepted batch, no live model.
      </p>`,
    );
  }
  return section(
    'drift',
    'Drift',
    html`${batch && comparison('Columns', batch)} ${features && comparison('Features', features)}`,
    `Population stability index (PSI): below ${MODERATE_PSI} a distribution is stable, from ${STRONG_PSI} on it is another one.`,
  );
}

function comparison(title: string, { against, columns }: Comparison): Html {
  const compared = columns.filter(({ psi }) => psi !== undefined);
  const skipped = columns.filter(({ psi }) => psi === undefined);
  const moved = compared.filter(({ level }) => level !== 'stable');
  const stable = compared.filter(({ level }) => level === 'stable');
  return html`<h3>${title} against ${against}</h3>
    ${moved.length > 0 ? table(moved) : html`<p><span class="mark good">✓</span> All ${stable.length} that can be compared are stable.</p>`}
    ${
      stable.length > 0 &&
      html`<details>
        <summary>${stable.length} stable</summary>
        ${table(stable)}
      </details>`
    }
    ${
      skipped.length > 0 &&
      html`<p class="muted">
        Not compared:
        ${skipped.map(({ column, reason }, index) => html`${index > 0 && '; '}<code>${column}</code> (${reason})`)}
      </p>`
    }`;
}

function table(columns: readonly ColumnDrift[]): Html {
  return html`<table class="stacked drift">
    <thead>
      <tr>
        <th>Column</th>
        <th class="number">PSI</th>
        <th class="wide"></th>
        <th>Empty before → now</th>
        <th></th>
      </tr>
    </thead>
    <tbody>
      ${columns.map(row)}
    </tbody>
  </table>`;
}

/** The scale ends at twice the upper threshold: beyond it, more is not more. */
const SCALE = 2 * STRONG_PSI;

function row({ column, psi = 0, level, nullPercentBefore, nullPercentNow }: ColumnDrift): Html {
  const { words, tone } = LEVELS[level];
  const share = (value: number): string => ((100 * Math.min(value, SCALE)) / SCALE).toFixed(1);
  return html`<tr>
    <td data-name="Column"><code>${column}</code></td>
    <td data-name="PSI" class="number">${psi.toFixed(3)}</td>
    <td class="wide">
      <span class="gauge ${tone}"
        ><span style="width:${share(psi)}%"></span><i style="left:${share(MODERATE_PSI)}%"></i
        ><i style="left:${share(STRONG_PSI)}%"></i
      ></span>
    </td>
    <td data-name="Empty before → now">${percentText(nullPercentBefore)} → ${percentText(nullPercentNow)}</td>
    <td><span class="chip ${tone}">${words}</span></td>
  </tr>`;
}
