import { objectVersionId, type BatchManifest } from './artifact';
import type { ModelVersionRecord } from './model-version';

export interface LineageNode {
  readonly id: string;
  readonly kind: 'object' | 'batch' | 'table' | 'model' | 'endpoint';
  readonly label: string;
}

export interface LineageEdge {
  readonly from: string;
  readonly to: string;
}

/** The object versions that a batch brought into the table. */
export type LineageBatch = Pick<BatchManifest, 'batchDigest' | 'objects'>;

export interface LineageGraph {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

/** From the landed object versions to the endpoint that serves the model made of them. */
export function lineageGraph(
  model: ModelVersionRecord,
  batches: readonly LineageBatch[],
  endpoint?: string,
): LineageGraph {
  const { cleanVersion, featuresVersion } = model.lineage;
  const clean = tableNode(model.pipeline, 'clean', cleanVersion);
  const features = tableNode(model.pipeline, 'features', featuresVersion);
  const modelNode: LineageNode = {
    id: `model/${model.pipeline}/${model.version}`,
    kind: 'model',
    label: `model ${model.pipeline} v${model.version} (${model.metric} ${model.challenger.toFixed(4)})`,
  };
  const sources = batches.map((batch) => batchPart(batch, clean.id));
  const endpoints: readonly LineageNode[] =
    endpoint === undefined ? [] : [{ id: `endpoint/${endpoint}`, kind: 'endpoint', label: endpoint }];
  return {
    nodes: [...sources.flatMap(({ nodes }) => nodes), clean, features, modelNode, ...endpoints],
    edges: [
      ...sources.flatMap(({ edges }) => edges),
      { from: clean.id, to: features.id },
      { from: features.id, to: modelNode.id },
      ...endpoints.map(({ id }) => ({ from: modelNode.id, to: id })),
    ],
  };
}

function tableNode(pipeline: string, table: string, version: number): LineageNode {
  return { id: `table/${pipeline}/${table}/${version}`, kind: 'table', label: `table ${table} v${version}` };
}

function batchPart(batch: LineageBatch, tableId: string): LineageGraph {
  const id = `batch/${batch.batchDigest}`;
  const objects = batch.objects.map((object): LineageNode => {
    const versionId = objectVersionId(object);
    return {
      id: `object/${versionId}`,
      kind: 'object',
      label: `s3://${versionId} sha256 ${object.sha256.slice(0, 12)}`,
    };
  });
  return {
    nodes: [...objects, { id, kind: 'batch', label: `batch ${batch.batchDigest.slice(0, 12)}` }],
    edges: [...objects.map((object) => ({ from: object.id, to: id })), { from: id, to: tableId }],
  };
}
