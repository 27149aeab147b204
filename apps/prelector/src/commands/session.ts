import { PrelectorError } from '@prelector/kernel';
import type { Resources } from '@prelector/pipeline';
import { openResources } from '@prelector/pipeline';
import type { Environment } from '@prelector/platform';
import { Shutdown, loadConfiguration, ownDataFolder, pinoLog } from '@prelector/platform';
import { exitInterrupted } from './exit-interrupted.js';
import { installationFolder } from './installation-folder.js';
import { join } from 'node:path';

/** Options that every command takes which talks to an installation. */
export interface SessionOptions {
  /** `prelector.yaml`. */
  readonly config?: string;
  /** The data folder of an embedded installation, such as the demo's. */
  readonly data?: string;
}

/**
 * Opens an installation for one command: joins a running instance, or starts its database for as long as the
 * command takes. Ctrl-C ends it cleanly.
 */
export async function withResources<T>(
  options: SessionOptions,
  env: Environment,
  work: (resources: Resources, shutdown: Shutdown) => Promise<T>,
): Promise<T> {
  const file = options.config ?? env['PRELECTOR_CONFIG'];
  if (!file && !options.data) {
    throw new PrelectorError(
      'command.installation-unknown',
      'permanent',
      'Say which installation is meant: --config prelector.yaml (or PRELECTOR_CONFIG), or --data with its data folder.',
    );
  }
  const configuration = loadConfiguration({
    env,
    ...(file ? { file } : {}),
    defaults: {
      site: { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone },
      models: { folder: join(installationFolder(), 'models') },
      ...(options.data ? { dataFolder: options.data } : {}),
    },
  });
  // Before anything is written in it, the log included.
  await ownDataFolder(configuration.dataFolder);
  const log = pinoLog({ level: 'warn', destination: join(configuration.dataFolder, 'command.log') });
  const shutdown = new Shutdown({ log, exit: exitInterrupted }).listen();
  try {
    const resources = await openResources({ configuration, env, log, shutdown, join: true, allowRoot: true });
    return await work(resources, shutdown);
  } finally {
    await shutdown.run('done');
  }
}
