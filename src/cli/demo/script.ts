import type { FlightData } from './flight-data';

/** One upload of the demo, and what must come of it. */
export interface DemoStep {
  readonly month: string;
  readonly file: string;
  readonly remark: string;
  /** Kill the data worker with SIGKILL while this run works. */
  readonly killDataWorker: boolean;
  readonly expected: {
    readonly verdict: 'accepted' | 'rejected' | 'nothing_new';
    readonly rows: number;
    readonly quarantinedRows: number;
  };
}

const MONTHS = ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12'] as const;

/** A year, month after month, with the accidents of a real feed. */
export function demoScript(data: FlightData): readonly DemoStep[] {
  return MONTHS.flatMap((month) => {
    const step = acceptedStep(data, month);
    if (month === '03') return [step, { ...step, remark: 'the same file again', expected: nothingNew }];
    if (month === data.withBadRows.month) return [badRowsStep(data, step)];
    if (month === '07') return [{ ...step, remark: 'data worker killed with -9', killDataWorker: true }];
    if (month === data.withBrokenHeader.month) {
      return [brokenHeaderStep(data, step), { ...step, remark: 'repaired' }];
    }
    return [step];
  });
}

const nothingNew = { verdict: 'nothing_new', rows: 0, quarantinedRows: 0 } as const;

function acceptedStep(data: FlightData, month: string): DemoStep {
  return {
    month,
    file: data.fileOf(month),
    remark: '',
    killDataWorker: false,
    expected: { verdict: 'accepted', rows: data.rowsOf(month), quarantinedRows: 0 },
  };
}

function badRowsStep({ withBadRows }: FlightData, step: DemoStep): DemoStep {
  const { file, badRows } = withBadRows;
  return {
    ...step,
    file,
    remark: `${badRows} bad rows planted`,
    expected: { verdict: 'accepted', rows: step.expected.rows + badRows, quarantinedRows: badRows },
  };
}

function brokenHeaderStep({ withBrokenHeader }: FlightData, step: DemoStep): DemoStep {
  return {
    ...step,
    file: withBrokenHeader.file,
    remark: 'header broken',
    expected: { verdict: 'rejected', rows: 0, quarantinedRows: 0 },
  };
}
