/** Row-major feature matrix: `rows × columns`, missing values are NaN. */
export interface FeatureMatrix {
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

export interface LoadedModel {
  /** One score per row (probability of the positive class, or the regression value). */
  readonly score: (matrix: FeatureMatrix) => Promise<Float32Array>;
  readonly close: () => Promise<void>;
}

export interface ModelOutput {
  readonly input: string;
  readonly output: string;
  /** Column of the output tensor that holds the score. */
  readonly outputIndex: number;
}

/**
 * Runs ONNX models off the main thread.
 * Failures: `PermanentFailure('IntegrityError')` for a file that is no valid model.
 */
export interface ModelScorer {
  /** Name and version: it takes part in what results are reused for. */
  readonly version: string;
  readonly load: (modelPath: string, output: ModelOutput) => Promise<LoadedModel>;
}
