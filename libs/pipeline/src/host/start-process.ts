import type { Environment } from '@prelector/platform';
import { Shutdown, loadConfiguration, pinoLog } from '@prelector/platform';
import { openResources } from './open-resources.js';
import type { AppModule } from './run-apps.js';
import { runApps, runAppsWithHttp } from './run-apps.js';

export interface ProcessOptions {
  readonly env: Environment;
  /** `prelector.yaml`; else that of `PRELECTOR_CONFIG`. */
  readonly file?: string | undefined;
  readonly allowRoot?: boolean | undefined;
  /** Where the shipped model packages are, for a configuration that names no folder of its own. */
  readonly modelsFolder?: string;
  /** Serves HTTP too, for a process that holds the console. */
  readonly http?: boolean;
}

/** Starts one process with some of the apps, and ends it in order at SIGINT or SIGTERM. */
export async function startProcess(
  modules: readonly AppModule[],
  options: ProcessOptions,
): Promise<Shutdown> {
  const { env, http, allowRoot } = options;
  const file = options.file ?? env['PRELECTOR_CONFIG'];
  const configuration = loadConfiguration({
    env,
    ...(file ? { file } : {}),
    ...(options.modelsFolder ? { defaults: { models: { folder: options.modelsFolder } } } : {}),
  });
  const log = pinoLog(configuration.logging);
  const shutdown = new Shutdown({ log }).listen();
  try {
    const resources = await openResources({
      configuration,
      env,
      log,
      shutdown,
      join: true,
      ...(allowRoot ? { allowRoot } : {}),
    });
    if (http) {
      const { url } = await runAppsWithHttp(resources, modules, shutdown);
      log.info('serving HTTP', { url });
    } else await runApps(resources, modules, shutdown);
  } catch (thrown) {
    await shutdown.run('start failed');
    throw thrown;
  }
  log.info('started');
  return shutdown;
}
