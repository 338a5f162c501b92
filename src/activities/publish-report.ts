import type { PublishedReport, PublishReportInput } from '../contracts/activities/stages';
import type { ArtifactRef } from '../domain/artifact';
import { lakeLayout } from '../domain/lake-layout';
import { formatS3Uri } from '../domain/s3-uri';
import { sha256Hex } from '../lake/digest';
import { createDocument } from '../lake/documents';
import type { ObjectStore } from '../ports/object-store';
import { renderReport } from '../report/render-report';
import type { RunFacts } from '../report/run-facts';
import { gatherFacts, historyEntry } from './reporting/gather-facts';
import { addToHistory } from './reporting/history';
import type { StageDependencies } from './stage-dependencies';

/**
 * Writes a run's report: the facts as JSON, and one HTML page made of them. An attempt that finds the facts of an
 * earlier one goes on from there.
 *
 * Failures: those of the store and the engine; a report that cannot be made changes nothing about its run.
 */
export function createReportActivity(
  deps: StageDependencies,
): (input: PublishReportInput) => Promise<PublishedReport> {
  return async (input) => {
    const { pipeline, planDigest } = input.run;
    const { store, lakeBucket: bucket } = deps;
    const plan = await deps.plans.load(pipeline, planDigest);
    const key = (form: 'html' | 'json'): string => lakeLayout.report(pipeline, input.runId, form);
    const facts = await gatherFacts(deps, plan, input);
    const json = await createDocument<RunFacts>(store, { bucket, key: key('json') }, facts);
    const page = renderReport(json.value);
    const html = await createPage(store, { bucket, key: key('html') }, page);
    await addToHistory(store, bucket, pipeline, historyEntry(input, facts.quality));
    return { html, json: json.ref };
  };
}

async function createPage(
  store: ObjectStore,
  location: { readonly bucket: string; readonly key: string },
  page: string,
): Promise<ArtifactRef> {
  const bytes = Buffer.from(page);
  const { created, head } = await store.createIfAbsent(location, { kind: 'bytes', bytes });
  // An earlier attempt's page, made of the same facts, perhaps by another version of the program.
  const sha256 = created ? sha256Hex(bytes) : (head.sha256 ?? sha256Hex(bytes));
  return { uri: formatS3Uri(location), sha256, bytes: head.bytes };
}
