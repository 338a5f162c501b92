import type { PlayedStep } from './play-step';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly expected: string;
  readonly got: string;
}

export function check(name: string, expected: string | number, got: string | number): Check {
  return { name, ok: expected === got, expected: String(expected), got: String(got) };
}

const ACCEPTED: readonly string[] = ['promoted', 'kept'];

/** Each step against what its file must lead to, and one table version for each accepted month. */
export function stepChecks(played: readonly PlayedStep[]): readonly Check[] {
  const versions = new Set(
    played
      .filter(({ step }) => step.expected.verdict === 'accepted')
      .map(({ run }) => run.summary?.cleanVersion),
  );
  const months = new Set(played.map(({ step }) => step.month)).size;
  return [
    ...played.flatMap(({ step, run }) => {
      const name = `2013-${step.month}${step.remark === '' ? '' : ` (${step.remark})`}`;
      const verdict = run.summary?.verdict ?? run.status;
      return [
        check(`${name} verdict`, step.expected.verdict, ACCEPTED.includes(verdict) ? 'accepted' : verdict),
        ...(step.expected.verdict === 'accepted'
          ? [
              check(`${name} rows`, step.expected.rows, run.summary?.rows ?? 0),
              check(`${name} quarantined`, step.expected.quarantinedRows, run.summary?.quarantinedRows ?? 0),
            ]
          : []),
      ];
    }),
    check('one table version per month', months, versions.size),
  ];
}
