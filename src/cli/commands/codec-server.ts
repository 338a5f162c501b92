import type { Command } from 'commander';
import { createCodecServer } from '../../codec/codec-server';
import { createEncryptionCodec } from '../../codec/encryption-codec';
import { loadKeyRing } from '../../codec/load-key-ring';
import { loadTemporalSettings } from '../../config/temporal-settings';
import { commandAction, CommandError } from '../command';
import { EXIT_CODES } from '../exit-codes';
import { parsePort, untilStopped } from '../process-command';

interface CodecServerOptions {
  readonly port: string;
  readonly origin: readonly string[];
}

/** Opens encrypted payloads for the Web UI and the Temporal CLI, on loopback. */
export function registerCodecServer(program: Command): void {
  program
    .command('codec-server')
    .description('show encrypted payloads in the Temporal Web UI and CLI, until SIGTERM')
    .option('--port <port>', 'loopback port', '8081')
    .option('--origin <url...>', 'Web UI that may ask, as its address begins', ['http://localhost:8233'])
    .action(
      commandAction(async (_session, _output, { port, origin }: CodecServerOptions) => {
        const ring = await loadKeyRing(loadTemporalSettings(process.env).codec);
        if (!ring) {
          throw new CommandError(
            EXIT_CODES.usage,
            'Payload codec is off: set MILLRACE_CODEC_KEYS, MILLRACE_CODEC_KEYS_FILE or MILLRACE_CODEC_KMS_KEYS (docs/how-to/encrypt-histories.md)',
          );
        }
        const server = createCodecServer(createEncryptionCodec(ring), origin);
        await server.listen({ host: '127.0.0.1', port: parsePort(port) });
        process.stdout.write(`codec server ready [port=${port}]\n`);
        await untilStopped();
        await server.close();
        return { document: { stopped: true }, text: 'codec server stopped' };
      }),
    );
}
