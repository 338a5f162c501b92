import { createDraw, type Draw } from './charts';
import { count, duration, moment, percent } from './format';
import { html, trusted, type Html } from './html';
import type { RunFacts } from './run-facts';
import { section } from './section';
import { columnCards } from './sections/columns';
import { driftSection } from './sections/drift';
import { historySection } from './sections/history';
import { lineageSection } from './sections/lineage';
import { modelSection } from './sections/model';
import { rulesSection } from './sections/rules';
import { stagesSection } from './sections/stages';
import { STYLE } from './style';
import { verdictOf, type Verdict } from './verdict';

/** No script, no request, nothing but the page's own style: whatever a value holds, it stays text. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The whole report as one page that needs nothing else. Equal facts give an equal page. */
export function renderReport(facts: RunFacts): string {
  const draw = createDraw();
  const verdict = verdictOf(facts);
  const { run, summary } = facts;
  const sections = [
    rulesSection(facts.quality),
    driftSection(facts.batchDrift, facts.featureDrift),
    historySection(draw, facts),
    modelSection(facts.evaluation),
    columnsSection(draw, facts),
    featuresSection(draw, facts),
    stagesSection(summary.stages),
    lineageSection(facts),
  ];
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${verdict.title}: ${run.pipeline} ${run.endedAt.slice(0, 10)}</title>
        <style>
          ${trusted(STYLE)}
        </style>
      </head>
      <body>
        ${head(facts, verdict)}
        <main>${sections}</main>
        <footer>
          Millrace · ${run.workflowId} · ${moment(run.endedAt)} · the same facts as JSON lie beside this page
        </footer>
      </body>
    </html>`;
  return page.markup;
}

function head(facts: RunFacts, verdict: Verdict): Html {
  const { run, summary } = facts;
  const seconds = (Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000;
  return html`<header>
    <p class="brand"><b>${run.pipeline}</b> ${run.description}</p>
    <div class="verdict ${verdict.tone}">
      <p class="when">${moment(run.endedAt)} · ${duration(seconds)} · started by ${run.trigger}</p>
      <h1>${verdict.title}</h1>
      <p class="sentence">${verdict.sentence}</p>
      ${summary.reasons.length > 0 && html`<p class="reason">${summary.reasons.join('; ')}</p>`}
    </div>
    <dl class="tiles">
      ${tiles(facts).map(
        ([name, value, note]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
            <span>${note}</span>
          </div>`,
      )}
    </dl>
  </header>`;
}

type Tile = readonly [name: string, value: string, note: string];

function tiles({ quality, summary, batch, batchDrift, findings }: RunFacts): readonly Tile[] {
  const rules = quality?.expectations ?? [];
  const broken = rules.filter(({ success }) => success === false).length;
  const moved = batchDrift?.columns.filter(({ level }) => level === 'moderate' || level === 'strong').length;
  const candidates: readonly (Tile | undefined)[] = [
    ['Rows read', count(summary.rows), files(batch?.objectCount ?? summary.objects)],
    quality && ['Set aside', count(quality.quarantined), percent(quality.quarantined, quality.rows)],
    rules.length > 0 ? ['Rules broken', count(broken), `of ${count(rules.length)}`] : undefined,
    moved === undefined ? undefined : ['Columns moved', count(moved), 'since the last batch'],
    findings.clean && ['Table', `v${findings.clean.version}`, `${count(findings.clean.rows)} rows`],
    summary.liveVersion === undefined
      ? undefined
      : ['Live model', `v${summary.liveVersion}`, liveNote(summary)],
  ];
  return candidates.filter((tile) => tile !== undefined);
}

function files(number: number): string {
  return `${count(number)} ${number === 1 ? 'file' : 'files'}`;
}

function liveNote({ modelVersion, liveVersion }: RunFacts['summary']): string {
  return modelVersion !== undefined && modelVersion === liveVersion ? 'since this run' : 'as before';
}

function columnsSection(draw: Draw, { profile, quality, batchDrift }: RunFacts): Html {
  if (!profile || profile.rows === 0) {
    return section('columns', 'Columns', html`<p class="muted">No row of this batch could be read.</p>`);
  }
  const of = quality?.verdict === 'rejected' ? 'readable' : 'accepted';
  return section(
    'columns',
    'Columns',
    columnCards(draw, profile, batchDrift),
    `All ${count(profile.rows)} ${of} rows of the batch${sampled(profile.sampledEvery)}.`,
  );
}

function sampled(every: number): string {
  return every === 1
    ? ''
    : `; quantiles, pictures and frequent values of every ${count(every)}th row, distinct counts estimated`;
}

function featuresSection(draw: Draw, { features, featureDrift }: RunFacts): Html {
  if (!features || features.profile.rows === 0) return html``;
  const { partitionBy, from, to, partitions, profiledPartitions, profile, version } = features;
  const part = profiledPartitions === partitions ? '' : `, ${count(profiledPartitions)} of them looked at`;
  return section(
    'features',
    'Features',
    columnCards(draw, profile, featureDrift),
    `Labelled rows of feature table v${version} in the ${count(partitions)} ${partitionBy}s that the batch touched (${from} to ${to}${part}): ${count(profile.rows)} rows${sampled(profile.sampledEvery)}.`,
  );
}
