import type { ColumnType } from '../domain/plan';

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const SHORT = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 5 });

export function count(value: number): string {
  return WHOLE.format(value);
}

/** `12.34 %`; what is above zero never reads as zero. */
export function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : percentText((100 * part) / whole);
}

export function percentText(value: number): string {
  if (value === 0) return '0 %';
  if (Math.abs(value) < 0.01) return '< 0.01 %';
  const digits = Math.abs(value) >= 10 ? 1 : 2;
  return `${value.toFixed(digits).replace(/\.?0+$/, '')} %`;
}

const SMALLEST_PLAIN = 1e-4;
const LARGEST_PLAIN = 1e15;

export function number(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < SMALLEST_PLAIN || size >= LARGEST_PLAIN)) return value.toExponential(3);
  return Number.isInteger(value) ? whole(value) : SHORT.format(value);
}

/** Four digits are a year as often as a count: no comma. */
function whole(value: number): string {
  return Math.abs(value) < 10_000 ? String(value) : WHOLE.format(value);
}

/** A value of a column: numbers as numbers, seconds since 1970 as a day or a moment (UTC). */
export function columnValue(type: ColumnType, value: number): string {
  if (type === 'integer' && Number.isInteger(value)) return whole(value);
  if (type !== 'date' && type !== 'timestamp') return number(value);
  const date = new Date(value * 1000);
  if (Number.isNaN(date.getTime())) return number(value);
  const text = date.toISOString();
  return type === 'date' ? text.slice(0, 10) : `${text.slice(0, 10)} ${text.slice(11, 16)}`;
}

/** `2013-05-01 12:30 UTC` */
export function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const;

export function bytes(value: number): string {
  const power = value < 1000 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), UNITS.length - 1);
  return `${SHORT.format(Number((value / 1000 ** power).toPrecision(3)))} ${UNITS[power] ?? ''}`;
}
