import type { EncodedFeature, FeatureSchema } from '../domain/feature-encoding';
import { PermanentFailure } from '../ports/failures';
import { nameHint } from '../domain/nearest-name';
import { bodyObject } from './request-body';

/*
 * The JSON tensors of the Open Inference Protocol, version 2
 * (github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md).
 * A model takes one tensor per feature, each of shape [rows] or [rows, 1], and gives one tensor named `prediction`.
 */

export const OUTPUT_NAME = 'prediction';

export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

export function inputMetadata({ features }: FeatureSchema): readonly TensorMetadata[] {
  return features.map(({ name, kind }: EncodedFeature) => ({
    name,
    datatype: kind === 'categorical' ? 'BYTES' : 'FP32',
    shape: [-1],
  }));
}

export const OUTPUT_METADATA: readonly TensorMetadata[] = [
  { name: OUTPUT_NAME, datatype: 'FP32', shape: [-1] },
];

export interface InferenceRequest {
  readonly id?: string;
  /** One record of features per row. */
  readonly instances: readonly Readonly<Record<string, unknown>>[];
}

/** Reads a request's tensors, column by column, into rows. @throws PermanentFailure InvalidInput */
export function readInferenceRequest(body: unknown): InferenceRequest {
  const expected = '{"inputs": [{"name", "shape", "datatype", "data"}, …]}';
  const { id, inputs, outputs } = bodyObject(body, expected);
  if (!Array.isArray(inputs) || inputs.length === 0) throw refuse(`Wrong request body: expected ${expected}`);
  checkOutputs(outputs);
  const columns = inputs.map(readTensor);
  const rows = columns[0]?.data.length ?? 0;
  const uneven = columns.find(({ data }) => data.length !== rows);
  if (uneven) {
    throw refuse(`Inputs differ in their rows: expected ${rows}, got ${uneven.data.length}`, {
      input: uneven.name,
    });
  }
  const instances = Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(columns.map(({ name, data }) => [name, data[row]])),
  );
  return { ...(typeof id === 'string' ? { id } : {}), instances };
}

interface Tensor {
  readonly name: string;
  readonly data: readonly unknown[];
}

const DATATYPES: Readonly<Record<string, string>> = {
  BYTES: 'string',
  BOOL: 'boolean',
  ...Object.fromEntries(
    ['UINT8', 'UINT16', 'UINT32', 'UINT64', 'INT8', 'INT16', 'INT32', 'INT64', 'FP16', 'FP32', 'FP64'].map(
      (name) => [name, 'number'],
    ),
  ),
};

function readTensor(input: unknown): Tensor {
  const { name, shape, datatype, data } = bodyObject(input, 'inputs with name, shape, datatype and data');
  if (typeof name !== 'string') throw refuse('An input has no name');
  if (!Array.isArray(data)) {
    throw refuse('An input has no data as a JSON array; binary tensors are not supported', { input: name });
  }
  const type = typeof datatype === 'string' ? DATATYPES[datatype] : undefined;
  if (type === undefined) {
    throw refuse(`Unknown datatype: ${nameHint(String(datatype), Object.keys(DATATYPES))}`, { input: name });
  }
  const values: readonly unknown[] = data.flat();
  checkShape(name, shape, values.length);
  const wrong = values.find((value) => value !== null && typeof value !== type);
  if (wrong !== undefined) {
    throw refuse(`Data do not fit the datatype: expected ${String(datatype)}, got ${JSON.stringify(wrong)}`, {
      input: name,
    });
  }
  return { name, data: values };
}

function checkShape(name: string, shape: unknown, length: number): void {
  const valid =
    Array.isArray(shape) &&
    shape[0] === length &&
    (shape.length === 1 || (shape.length === 2 && shape[1] === 1));
  if (!valid) {
    throw refuse(`Wrong shape: expected [${length}] for ${length} values, got ${JSON.stringify(shape)}`, {
      input: name,
    });
  }
}

function checkOutputs(outputs: unknown): void {
  if (outputs === undefined || !Array.isArray(outputs)) return;
  const names = outputs.map((output: unknown) => bodyObject(output, 'outputs with a name')['name']);
  const unknown = names.find((name) => name !== OUTPUT_NAME);
  if (unknown !== undefined)
    throw refuse(`Unknown output: the only one is ${OUTPUT_NAME}`, { output: JSON.stringify(unknown) });
}

function refuse(message: string, fields: Readonly<Record<string, string>> = {}): PermanentFailure {
  return new PermanentFailure('InvalidInput', message, fields);
}
