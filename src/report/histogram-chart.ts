import type { CustomSeriesRenderItem, EChartsOption } from 'echarts';
import { total } from '../domain/drift';
import { edgeOf, type Histogram } from '../domain/histogram';
import type { ColumnType } from '../domain/plan';
import type { NumberRange } from '../domain/profile';
import { CHART_COLORS, type Draw } from './charts';
import { columnValue } from './format';
import type { Html } from './html';

const SIZE = { width: 360, height: 128 };

interface Bar {
  readonly from: number;
  readonly to: number;
  /** Rows per unit of the axis, as a share of all: bins of different widths compare. */
  readonly density: number;
}

/** Bars of the values, with the outline of what they are compared with. */
export function histogramChart(
  draw: Draw,
  column: { readonly name: string; readonly type: ColumnType },
  now: NumberRange,
  before?: NumberRange,
): Html {
  const bars = barsOf(now.histogram);
  const outline = before ? barsOf(before.histogram) : [];
  const all = [...bars, ...outline];
  const { type } = column;
  const low = Math.min(...all.map(({ from }) => from));
  const high = Math.max(...all.map(({ to }) => to));
  const option: EChartsOption = {
    grid: { left: 6, right: 6, top: 6, bottom: 20 },
    xAxis: {
      type: 'value',
      min: low,
      max: high,
      interval: (high - low) / (type === 'timestamp' || high - low <= 2 ? 1 : 2),
      axisLine: { show: true, lineStyle: { color: CHART_COLORS.axis } },
      axisTick: { show: false },
      splitLine: { show: false },
      axisLabel: {
        color: CHART_COLORS.text,
        fontSize: 11,
        alignMinLabel: 'left',
        alignMaxLabel: 'right',
        formatter: (value: number) => axisLabel(column.type, value, high),
      },
    },
    yAxis: { type: 'value', show: false, min: 0, max: Math.max(...all.map(({ density }) => density)) },
    series: [barSeries(bars), ...(outline.length > 0 ? [outlineSeries(outline)] : [])],
  };
  const label = `Distribution of ${column.name}${before ? ', with the earlier one as an outline' : ''}`;
  return draw(option, { ...SIZE, label });
}

/** A bin of whole numbers ends where the next one starts, which need not be a value. */
function axisLabel(type: ColumnType, value: number, high: number): string {
  const isWhole = type === 'integer';
  return columnValue(type, isWhole ? Math.floor(value === high ? value - 1 : value) : value);
}

function barsOf(histogram: Histogram): readonly Bar[] {
  const rows = total(histogram.counts) + histogram.below + histogram.above;
  const width = 2 ** histogram.widthExponent;
  return histogram.counts.map((count, bin) => ({
    from: edgeOf(histogram, bin),
    to: edgeOf(histogram, bin + 1),
    density: count / rows / width,
  }));
}

type Series = Extract<EChartsOption['series'], readonly unknown[]>[number];

/** One path for all bars: a tenth of the time and a third of the bytes of as many rectangles. */
function barSeries(bars: readonly Bar[]): Series {
  const renderItem: CustomSeriesRenderItem = (_params, api) => {
    const paths = bars.map(({ from, to, density }) =>
      barPath(api.coord([from, density]), api.coord([to, 0])),
    );
    return { type: 'path', shape: { pathData: paths.join('') }, style: { fill: CHART_COLORS.now } };
  };
  return { type: 'custom', silent: true, renderItem, data: [[bars[0]?.from ?? 0, 0]] };
}

const GAP = 0.6;

function barPath([left = 0, top = 0]: readonly number[], [right = 0, bottom = 0]: readonly number[]): string {
  if (bottom <= top) return '';
  const width = Math.max(right - left - 2 * GAP, 1);
  const [x, y] = [(left + GAP).toFixed(1), top.toFixed(1)];
  return `M${x} ${y}h${width.toFixed(1)}v${(bottom - top).toFixed(1)}h${(-width).toFixed(1)}z`;
}

function outlineSeries(bars: readonly Bar[]): Series {
  const last = bars.at(-1);
  return {
    type: 'line',
    step: 'end',
    silent: true,
    symbol: 'none',
    lineStyle: { color: CHART_COLORS.before, width: 1.6 },
    data: [...bars.map(({ from, density }) => [from, density]), ...(last ? [[last.to, last.density]] : [])],
  };
}
