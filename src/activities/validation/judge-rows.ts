import type { BatchManifest } from '../../domain/artifact';
import type { PipelinePlan } from '../../domain/plan';
import type { QuerySession } from '../../ports/query-engine';
import { allRawRows, rawRows } from '../../sql/load-source';
import {
  COUNT_UNKEPT_SQL,
  createParsedSql,
  keepRawSql,
  parseRowsSql,
  rawTableSql,
  UNKEPT_SQL,
} from '../../sql/parsed-rows';
import type { RuleSet } from '../../sql/rule-types';
import { sourcesTableSql, type SourceFile } from '../../sql/sources';
import { typedRecords, type StagedObject } from '../../sql/staged-object';
import { parsedViewSql } from '../../sql/plain-rows';
import { judgeRowsSql } from '../../sql/validate';
import type { StageDependencies } from '../stage-dependencies';
import { executeAll } from './execute-all';
import { measureDrift } from './measure-drift';
import type { OutsideInputs } from './outside-inputs';
import { dropReplayedSql, prepareReplaySql } from './replayed-rows';
import { applyOutcomes, runSqlRules } from './run-sql-rules';
import { stageReferences } from './stage-references';

interface JudgeInput {
  readonly deps: StageDependencies;
  readonly session: QuerySession;
  readonly plan: PipelinePlan;
  readonly rules: RuleSet;
  readonly outside: OutsideInputs;
  readonly manifest: BatchManifest;
  readonly files: readonly SourceFile[];
  readonly staged: readonly StagedObject[];
  readonly directory: string;
}

export interface Judgement {
  /** With what is known of SQL rules only after they ran: whether they find rows or give a number. */
  readonly judgedBy: RuleSet;
  /** Numbers that are not measured over `parsed`, by the names of their rules. */
  readonly measured: ReadonlyMap<string, number | null>;
}

/** Reads the staged files and applies all rules: `parsed`, `violations`, `rejected` and `raw` are there afterwards. */
export async function judgeRows(input: JudgeInput): Promise<Judgement> {
  const { deps, session, plan, rules, outside, manifest, files, staged, directory } = input;
  const replay = await prepareReplaySql(deps, manifest, directory);
  await executeAll(deps, session, [sourcesTableSql(files), ...replay]);
  await stageReferences(deps, plan, outside.references, session, directory);
  await executeAll(deps, session, [
    ...parsedSql(plan, rules, staged),
    ...dropReplayedSql(manifest),
    ...rawTableSql(plan),
  ]);
  const outcomes = await runSqlRules(deps, plan, rules.sqlRules, session, directory);
  const { judgedBy, found, measured } = applyOutcomes(rules, outcomes);
  await executeAll(deps, session, judgeRowsSql(plan, judgedBy, found));
  await keepRaw(input, allRawRows(plan, staged));
  const drift = await measureDrift(deps, plan, outside.trainedOn, session, directory);
  return { judgedBy, measured: new Map([...measured, ...drift]) };
}

/** `parsed`: a table of all rows; or, where plain ones are typed already, a view of these and of all others. */
export function parsedSql(
  plan: PipelinePlan,
  rules: RuleSet,
  staged: readonly StagedObject[],
): readonly string[] {
  const typed = typedRecords(staged);
  const table = typed.length === 0 ? 'parsed' : 'parsed_apart';
  return [
    createParsedSql(plan, table),
    ...rawRows(plan, staged).map((rows) => parseRowsSql(plan, rules, rows, table)),
    ...(typed.length === 0
      ? []
      : [
          parsedViewSql(
            plan,
            typed.map(({ typedPath }) => typedPath),
          ),
        ]),
  ];
}

/** Rows that look good by themselves are read once more as they came when a rule about several rows takes them out. */
async function keepRaw({ deps, session, plan }: JudgeInput, rows: readonly string[]): Promise<void> {
  await session.execute(UNKEPT_SQL, deps.signal());
  const [unkept] = await session.rows(COUNT_UNKEPT_SQL);
  if (unkept?.['rows'] !== 0)
    await executeAll(
      deps,
      session,
      rows.map((query) => keepRawSql(plan, query)),
    );
}
