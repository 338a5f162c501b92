import type { EChartsOption } from 'echarts';
import type { HistoryEntry } from '../../domain/run-history';
import { CHART_COLORS, type Draw } from '../charts';
import { count } from '../format';
import { html, type Html } from '../html';
import type { RunFacts } from '../run-facts';
import { section } from '../section';

const SHOWN_RUNS = 60;

/** How many rows each run brought; this run is the last bar. */
export function historySection(draw: Draw, { history, run }: RunFacts): Html {
  const runs = history.filter(({ rows }) => rows > 0).slice(-SHOWN_RUNS);
  if (runs.length < 2) return html``;
  const chart = draw(chartOf(runs), {
    width: 1040,
    height: 240,
    label: `Rows of the last ${runs.length} runs of ${run.pipeline}`,
  });
  return section(
    'history',
    'Rows over time',
    html`<p class="legend">
        <span class="key now"></span> accepted <span class="key warn"></span> set aside
        <span class="key bad"></span> in rejected or failed batches
      </p>
      <div class="scroll">${chart}</div>`,
    `The last ${runs.length} runs with rows, oldest first; this one ${runs.at(-1)?.runId === run.runId ? 'is the last' : 'read no rows'}.`,
  );
}

interface Parts {
  readonly accepted: number;
  readonly aside: number;
  readonly lost: number;
}

function partsOf({ rows, acceptedRows, quarantinedRows }: HistoryEntry): Parts {
  if (acceptedRows === 0) return { accepted: 0, aside: 0, lost: rows };
  return { accepted: acceptedRows, aside: quarantinedRows, lost: 0 };
}

function chartOf(runs: readonly HistoryEntry[]): EChartsOption {
  const parts = runs.map(partsOf);
  const bars = (color: string, value: (part: Parts) => number): object => ({
    type: 'bar',
    stack: 'rows',
    silent: true,
    barMaxWidth: 36,
    barMinHeight: 2,
    itemStyle: { color },
    data: parts.map((part) => (value(part) === 0 ? null : value(part))),
  });
  const axis = { axisLine: { lineStyle: { color: CHART_COLORS.axis } }, axisTick: { show: false } };
  return {
    grid: { left: 64, right: 8, top: 12, bottom: 26 },
    xAxis: {
      type: 'category',
      ...axis,
      data: runs.map(({ endedAt }) => `${endedAt.slice(5, 10)} ${endedAt.slice(11, 16)}`),
      axisLabel: { color: CHART_COLORS.text, fontSize: 11, hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      ...axis,
      splitNumber: 4,
      splitLine: { lineStyle: { color: CHART_COLORS.axis } },
      axisLabel: { color: CHART_COLORS.text, fontSize: 11, formatter: (value: number) => count(value) },
    },
    series: [
      bars(CHART_COLORS.now, ({ accepted }) => accepted),
      bars(CHART_COLORS.warn, ({ aside }) => aside),
      bars(CHART_COLORS.bad, ({ lost }) => lost),
    ] as EChartsOption['series'] & object,
  };
}
