import {
  QUANTILES,
  type ColumnProfile,
  type NumberProfile,
  type Profile,
  type TextProfile,
} from '../../domain/profile';
import type { ColumnDrift } from '../../domain/profile-drift';
import type { Draw } from '../charts';
import { columnValue, count, number, percent } from '../format';
import { histogramChart } from '../histogram-chart';
import { html, type Html } from '../html';
import type { Comparison } from '../run-facts';
import { driftChip } from './drift';

/** Texts that are listed of a column. */
const SHOWN_VALUES = 8;

/** One card per column: what is in it, as a picture and in numbers. */
export function columnCards(draw: Draw, profile: Profile, comparison: Comparison | undefined): Html {
  const before = new Map(comparison?.before.columns.map((column) => [column.name, column]));
  const drift = new Map(comparison?.columns.map((column) => [column.column, column]));
  const cards = profile.columns.map((column) =>
    card(draw, profile, column, {
      old: before.get(column.name),
      drift: drift.get(column.name),
      beforeRows: comparison?.before.sampleRows ?? 0,
    }),
  );
  return html`${comparison && legend(comparison)}
    <div class="cards">${cards}</div>`;
}

interface Earlier {
  readonly old: ColumnProfile | undefined;
  readonly drift: ColumnDrift | undefined;
  readonly beforeRows: number;
}

function legend({ against }: Comparison): Html {
  return html`<p class="legend">
    <span class="key now"></span> these rows <span class="key before"></span> ${against}
  </p>`;
}

function card(draw: Draw, profile: Profile, column: ColumnProfile, earlier: Earlier): Html {
  const { name, type, nulls, distinct, isDistinctExact } = column;
  return html`<article class="card">
    <h3>
      <code>${name}</code> <span class="muted type">${type}</span>
      ${earlier.drift && driftChip(earlier.drift)}
    </h3>
    <p class="facts">
      <span class="${nulls > 0 ? 'some' : 'none'}">${percent(nulls, profile.rows)} empty</span>
      <span>${isDistinctExact ? '' : '≈ '}${count(distinct)} distinct</span>
    </p>
    ${column.kind === 'text' ? texts(profile, column, earlier) : numbers(draw, column, earlier)}
  </article>`;
}

function numbers(draw: Draw, column: NumberProfile, { old }: Earlier): Html {
  const { range, type } = column;
  if (!range) return html`<p class="muted">no values</p>`;
  const value = (each: number): string => columnValue(type, each);
  const before = old && old.kind !== 'text' && old.kind === column.kind ? old.range : undefined;
  const names = Object.entries(QUANTILES).filter(([name]) =>
    ['p05', 'p25', 'p50', 'p75', 'p95'].includes(name),
  );
  return html`${histogramChart(draw, column, range, column.kind === 'time' ? undefined : before)}
    ${outside(range.histogram.below, range.histogram.above)}
    <dl class="quantiles ${column.kind}">
      <div>
        <dt>min</dt>
        <dd>${value(range.min)}</dd>
      </div>
      ${names.map(
        ([name, share]) =>
          html`<div>
            <dt>${share === 0.5 ? 'median' : `${share * 100} %`}</dt>
            <dd>${value(range.quantiles[name as keyof typeof QUANTILES])}</dd>
          </div>`,
      )}
      <div>
        <dt>max</dt>
        <dd>${value(range.max)}</dd>
      </div>
      ${
        column.kind === 'number' &&
        html`<div>
          <dt>mean</dt>
          <dd>${number(range.mean)}</dd>
        </div>`
      }
    </dl>`;
}

function outside(below: number, above: number): Html {
  if (below + above === 0) return html``;
  const parts = [
    ...(below > 0 ? [`${count(below)} below`] : []),
    ...(above > 0 ? [`${count(above)} above`] : []),
  ];
  return html`<p class="muted outside">not in the picture: ${parts.join(', ')}</p>`;
}

function texts({ sampleRows }: Profile, column: TextProfile, { old, beforeRows }: Earlier): Html {
  const before = new Map(
    old?.kind === 'text' ? old.values.map(({ value, count: rows }) => [value, rows]) : [],
  );
  const isComparable = old?.kind === 'text' && beforeRows > 0;
  const shown = column.values.slice(0, SHOWN_VALUES);
  const hidden = column.values.slice(SHOWN_VALUES);
  const rest = column.others + hidden.reduce((sum, item) => sum + item.count, 0);
  const restValues = column.distinct - shown.length;
  const largest = Math.max(
    ...shown.map((item) => item.count / sampleRows),
    ...shown.map(({ value }) => (isComparable ? (before.get(value) ?? 0) / beforeRows : 0)),
    0,
  );
  const width = (share: number): string => ((100 * share) / largest).toFixed(1);
  return html`<ul class="values">
    ${shown.map(({ value, count: rows }) => {
      const old =
        isComparable && (before.has(value) || column.others === 0)
          ? (before.get(value) ?? 0) / beforeRows
          : undefined;
      return html`<li>
        <span class="name">${value === '' ? html`<i>empty text</i>` : value}</span>
        <span class="bar"
          ><span style="width:${width(rows / sampleRows)}%"></span
          >${old !== undefined && html`<i style="left:${width(old)}%"></i>`}</span
        >
        <span class="share">${percent(rows, sampleRows)}</span>
      </li>`;
    })}
    ${
      rest > 0 &&
      html`<li class="muted">
        <span class="name">${count(restValues)} more</span><span class="bar"></span>
        <span class="share">${percent(rest, sampleRows)}</span>
      </li>`
    }
    ${shown.length === 0 && html`<li class="muted">no values</li>`}
  </ul>`;
}
