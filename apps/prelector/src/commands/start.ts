import { join } from 'node:path';
import { AnalysisModule } from '@prelector/analysis';
import { ConsoleModule } from '@prelector/console';
import type { AppModule } from '@prelector/pipeline';
import { startProcess } from '@prelector/pipeline';
import type { Environment } from '@prelector/platform';
import { ResultsModule } from '@prelector/results';
import { TriggerModule } from '@prelector/trigger';
import { installationFolder } from './installation-folder.js';

const modules: Readonly<Record<string, AppModule>> = {
  trigger: TriggerModule,
  analysis: AnalysisModule,
  results: ResultsModule,
  console: ConsoleModule,
};

/** Names that `prelector start` takes. */
export const startable = [...Object.keys(modules), 'all'] as const;

/** Starts one app, or all in one process, until a signal ends it. */
export async function start(
  app: string,
  options: { config?: string; allowRoot?: boolean },
  env: Environment,
): Promise<void> {
  const chosen = app === 'all' ? Object.values(modules) : [modules[app] as AppModule];
  await startProcess(chosen, {
    env,
    file: options.config,
    allowRoot: options.allowRoot,
    modelsFolder: join(installationFolder(), 'models'),
    http: app === 'all' || app === 'console',
  });
}
