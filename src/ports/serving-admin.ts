export interface GoldenCheck {
  readonly rows: number;
  /** Largest absolute difference between a golden and a served prediction. */
  readonly maxDifference: number;
}

export interface ServingStatus {
  readonly liveVersion?: number;
  readonly loadedVersions: readonly number[];
}

/**
 * The control side of the inference server.
 *
 * Failures: `PermanentFailure('NotFound')` for an unknown version, `PermanentFailure('DeployCheckFailed')` when the
 * version cannot be loaded; `TransientFailure('ServingUnavailable')` when the server does not answer.
 */
export interface ServingAdmin {
  /** Loads a registered version beside the live one; loading it again is a no-op. */
  readonly load: (pipeline: string, version: number) => Promise<void>;
  /** Predicts the version's golden rows through the served path. */
  readonly checkGolden: (pipeline: string, version: number) => Promise<GoldenCheck>;
  /** Sends all new requests to `version`; requests under way finish on the old one. */
  readonly activate: (pipeline: string, version: number) => Promise<void>;
  /** Takes the live version away: from now on nothing answers. Without a live version a no-op. */
  readonly deactivate: (pipeline: string) => Promise<void>;
  readonly status: (pipeline: string) => Promise<ServingStatus>;
}
