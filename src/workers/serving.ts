import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createOnnxScorer } from '../adapters/model-scorer/onnx';
import { createDuckDbEngine } from '../adapters/query-engine/duckdb';
import type { Settings } from '../config/settings';
import { createPlanLibrary } from '../lake/plans';
import { createInferenceServer } from '../serving/inference-server';
import { createStore } from './dependencies';

export interface RunningServing {
  readonly port: number;
  /** Finishes the requests under way. */
  readonly close: () => Promise<void>;
}

/** Composes the inference server, starts it on a loopback port (0 = any free one) and waits until it is ready. */
export async function startServing(settings: Settings, port: number): Promise<RunningServing> {
  const store = createStore(settings);
  const directory = resolve(settings.scratchDirectory, `serving-${port}`);
  const server = createInferenceServer({
    store,
    lakeBucket: settings.lakeBucket,
    plans: createPlanLibrary(store, settings.lakeBucket),
    engine: createDuckDbEngine(),
    scorer: createOnnxScorer(),
    directory,
    adminToken: settings.serving.adminToken,
    serverVersion: packageVersion(),
    report: (message) => process.stderr.write(`serving: ${message}\n`),
  });
  try {
    const bound = await server.listen(port);
    // What a killed server left behind; holding the port, we are the only one here.
    if (port !== 0) await rm(directory, { recursive: true, force: true });
    await server.restore();
    return { port: bound, close: server.close };
  } catch (error) {
    await server.close();
    throw error;
  }
}

function packageVersion(): string {
  const document = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as {
    version: string;
  };
  return document.version;
}
