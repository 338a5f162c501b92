import type { BatchManifest } from '../../domain/artifact';
import type { PipelinePlan } from '../../domain/plan';
import type { QuerySession } from '../../ports/query-engine';
import { rawRows } from '../../sql/load-source';
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
import type { StagedObject } from '../../sql/staged-object';
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
  const rows = rawRows(plan, staged);
  await executeAll(deps, session, [
    createParsedSql(plan),
    ...rows.map((query) => parseRowsSql(plan, rules, query)),
    ...dropReplayedSql(manifest),
    ...rawTableSql(plan),
  ]);
  const outcomes = await runSqlRules(deps, plan, rules.sqlRules, session, directory);
  const { judgedBy, found, measured } = applyOutcomes(rules, outcomes);
  await executeAll(deps, session, judgeRowsSql(plan, judgedBy, found));
  await keepRaw(input, rows);
  const drift = await measureDrift(deps, plan, outside.trainedOn, session, directory);
  return { judgedBy, measured: new Map([...measured, ...drift]) };
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
