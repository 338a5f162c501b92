// Child process: the inference server as `millrace serve` runs it, settings from the environment.
import { loadSettings } from '../../src/config/settings';
import { startServing } from '../../src/workers/serving';

const port = Number(process.env['TEST_SERVING_PORT']);

void startServing(loadSettings(process.env), port).then((serving) => {
  process.send?.({ port: serving.port });
  process.once('SIGTERM', () => {
    void serving.close().then(() => process.exit(0));
  });
});
