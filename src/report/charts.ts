import { init, type EChartsOption } from 'echarts';
import { trusted, type Html } from './html';

/** Draws one chart as SVG; ids are numbered within the page. */
export type Draw = (option: EChartsOption, size: ChartSize) => Html;

export interface ChartSize {
  readonly width: number;
  readonly height: number;
  /** Read out in place of the picture. */
  readonly label: string;
}

/** Colours are the page's own (CSS variables), so that charts follow dark mode and print. */
export const CHART_COLORS = {
  now: 'var(--now)',
  before: 'var(--before)',
  axis: 'var(--line)',
  text: 'var(--muted)',
  good: 'var(--good)',
  warn: 'var(--warn)',
  bad: 'var(--bad)',
} as const;

export function createDraw(): Draw {
  let drawn = 0;
  return (option, size) => {
    const { width, height } = size;
    const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
    try {
      chart.setOption({ animation: false, ...option });
      return trusted(tidy(chart.renderToSVGString(), size, (drawn += 1)));
    } finally {
      chart.dispose();
    }
  };
}

/** Leaves the picture: no attributes for a script that is not there, no hover styles, no fixed size, stable ids. */
function tidy(svg: string, { width, height, label }: ChartSize, page: number): string {
  return svg
    .replace(/<style[^>]*>.*?<\/style>/gs, '')
    .replace(/ (?:ecmeta_\w+|class|pointer-events|xmlns:xlink|baseProfile|version)="[^"]*"/g, '')
    .replace(/font-family:sans-serif;/g, '')
    .replace(/<rect [^>]*fill="none"><\/rect>/, '')
    .replace(/zr\d+-c(\d+)/g, `chart${page}-$1`)
    .replace(/^<svg [^>]*>/, `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">`)
    .replace(/\n+/g, '');
}
