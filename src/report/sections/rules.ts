import { requirementText } from '../../domain/requirement';
import type { ExpectationReport, QualityReport, UnexpectedRow } from '../../domain/quality-report';
import { count, number, percentText } from '../format';
import { html, type Html } from '../html';
import { section } from '../section';

const SHOWN_SAMPLES = 8;

/** What was expected of the rows, and what was found: what went wrong first, with samples. */
export function rulesSection(quality: QualityReport | undefined): Html {
  if (!quality) return html``;
  const { expectations, reasons } = quality;
  const broken = expectations.filter(({ success }) => success === false);
  const passed = expectations.filter(({ success }) => success !== false);
  const title = `Rules: ${expectations.length - broken.length} of ${expectations.length} met`;
  if (expectations.length === 0) return section('rules', 'Rules', reasonsList(reasons));
  return section(
    'rules',
    title,
    html`${reasonsList(reasons)} ${broken.map((rule) => brokenRule(rule, quality))}
    ${
      passed.length > 0 &&
      html`<details ${open(broken.length === 0)}>
        <summary>${count(passed.length)} rules without a finding</summary>
        ${table(passed)}
      </details>`
    }`,
  );
}

function open(isOpen: boolean): Html {
  return isOpen ? html`open` : html``;
}

function reasonsList(reasons: readonly string[]): Html {
  if (reasons.length === 0) return html``;
  return html`<div class="why">
    <h3>Why the batch was rejected</h3>
    <ul>
      ${reasons.map((reason) => html`<li>${reason}</li>`)}
    </ul>
  </div>`;
}

const CONSEQUENCES: Readonly<Record<ExpectationReport['onFail'], string>> = {
  block: 'rejects the batch',
  quarantine: 'rows set aside',
  warn: 'reported only',
};

function brokenRule(rule: ExpectationReport, { objects }: QualityReport): Html {
  const { name, about, onFail, expected, description, query, sample } = rule;
  return html`<article class="rule ${onFail === 'warn' ? 'warn' : 'bad'}">
    <h3><span class="mark">${onFail === 'warn' ? '!' : '✕'}</span> <code>${name}</code></h3>
    <p>
      <strong>${finding(rule)}</strong>
      <span>${about === 'batch' ? 'expected: ' : ''}${expected}${tolerance(rule)}</span>
      <span class="muted">· ${CONSEQUENCES[onFail]}</span>
    </p>
    ${description !== undefined && html`<p class="muted">${description}</p>`}
    ${sample.length > 0 && samples(rule, objects)}
    ${
      query !== null &&
      html`<details>
        <summary>The query that finds them all</summary>
        <pre>${query}</pre>
      </details>`
    }
  </article>`;
}

function finding(rule: ExpectationReport): string {
  const { about, observedValue, unexpectedCount, unexpectedPercent, elementCount } = rule;
  if (about === 'batch') return `found ${observedValue === null ? 'no value' : number(observedValue)}`;
  return `${count(unexpectedCount)} of ${count(elementCount)} rows (${percentText(unexpectedPercent)})`;
}

/** Said only where it is not "no row at all". */
function tolerance({ about, requirement }: ExpectationReport): string {
  const isNone =
    requirement.operator === 'mustBe' && requirement.value.length === 1 && requirement.value[0] === 0;
  return about === 'rows' && !isNone ? `; rows that break it: ${requirementText(requirement)}` : '';
}

function samples({ sample, unexpectedCount }: ExpectationReport, objects: readonly string[]): Html {
  const shown = sample.slice(0, SHOWN_SAMPLES);
  const more = unexpectedCount - shown.length;
  return html`<ul class="samples">
    ${shown.map((row) => sampleRow(row, objects))}
    ${more > 0 && html`<li class="muted">and ${count(more)} more</li>`}
  </ul>`;
}

function sampleRow({ object, line, value }: UnexpectedRow, objects: readonly string[]): Html {
  const file = (objects[object] ?? '').split('/').at(-1) ?? '';
  const shown = value === null ? html`<i>no cell</i>` : value === '' ? html`<i>empty</i>` : html`${value}`;
  return html`<li><code class="value">${shown}</code> <span class="muted">${file}, line ${line}</span></li>`;
}

function table(rules: readonly ExpectationReport[]): Html {
  return html`<table class="stacked">
    <thead>
      <tr>
        <th>Rule</th>
        <th>Looked for</th>
        <th>Found</th>
        <th>Otherwise</th>
      </tr>
    </thead>
    <tbody>
      ${rules.map(
        (rule) =>
          html`<tr>
            <td data-name="Rule">
              <span class="mark good">${rule.success === null ? '–' : '✓'}</span> <code>${rule.name}</code>
            </td>
            <td data-name="Looked for">${rule.expected}${tolerance(rule)}</td>
            <td data-name="Found">${rule.notEvaluated ?? passedFinding(rule)}</td>
            <td data-name="Otherwise">${CONSEQUENCES[rule.onFail]}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function passedFinding(rule: ExpectationReport): string {
  if (rule.about === 'rows' && rule.unexpectedCount === 0)
    return `${count(rule.elementCount)} rows, none breaks it`;
  return finding(rule);
}
