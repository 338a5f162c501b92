import type { ArtifactRef } from '../../domain/artifact';
import type { TableVersion } from '../../domain/stage';
import { bytes, count } from '../format';
import { html, type Html } from '../html';
import type { BatchFacts, RunFacts } from '../run-facts';
import { section } from '../section';

/** What the results come from, and under which names and digests they are found. */
export function lineageSection(facts: RunFacts): Html {
  const { summary, findings, run, batch } = facts;
  const rows: readonly (readonly [string, Html | undefined])[] = [
    ['Run', html`${run.workflowId} <span class="muted">${run.runId}</span>`],
    ['Plan', digest(summary.planDigest)],
    ['Batch', summary.batchDigest === undefined ? undefined : digest(summary.batchDigest)],
    ['Batch manifest', artifact(findings.manifest)],
    ['Quality report', artifact(findings.quality)],
    ['Rows set aside', artifact(findings.quarantine)],
    ['Clean table', table(findings.clean)],
    ['Feature table', table(findings.features)],
    ['Training', findings.trainDigest === undefined ? undefined : digest(findings.trainDigest)],
    ['Model', summary.modelVersion === undefined ? undefined : html`version ${summary.modelVersion}`],
    ['Evaluation', artifact(findings.evaluation)],
    ['Backup', summary.snapshot === undefined ? undefined : html`snapshot ${summary.snapshot}`],
  ];
  return section(
    'lineage',
    'Lineage',
    html`<dl class="lineage">
        ${rows
          .map(
            ([name, value]) =>
              value &&
              html`<div>
                <dt>${name}</dt>
                <dd>${value}</dd>
              </div>`,
          )
          .filter((row) => row !== undefined)}
      </dl>
      ${batch && objects(batch)}`,
  );
}

function digest(value: string): Html {
  return html`<code class="digest">${value}</code>`;
}

function artifact(ref: ArtifactRef | undefined): Html | undefined {
  return ref && html`<span class="uri">${ref.uri}</span> <code class="digest">sha256 ${ref.sha256}</code>`;
}

function table(version: TableVersion | undefined): Html | undefined {
  return (
    version &&
    html`version ${version.version}, ${count(version.rows)} rows in ${count(version.files)} files
      <code class="digest">content ${version.contentDigest}</code>`
  );
}

function objects({ objects: listed, objectCount, bytes: size }: BatchFacts): Html {
  return html`<h3>${count(objectCount)} ${objectCount === 1 ? 'object' : 'objects'}, ${bytes(size)}</h3>
    <table class="stacked">
      <thead>
        <tr>
          <th>Object</th>
          <th>Version</th>
          <th class="number">Size</th>
          <th>SHA-256</th>
        </tr>
      </thead>
      <tbody>
        ${listed.map(
          (object) =>
            html`<tr>
              <td data-name="Object" class="uri">s3://${object.bucket}/${object.key}</td>
              <td data-name="Version"><code class="digest">${object.versionId ?? object.etag}</code></td>
              <td data-name="Size" class="number">${bytes(object.bytes)}</td>
              <td data-name="SHA-256"><code class="digest">${object.sha256}</code></td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${objectCount > listed.length && html`<p class="muted">and ${count(objectCount - listed.length)} more in the manifest</p>`}`;
}
