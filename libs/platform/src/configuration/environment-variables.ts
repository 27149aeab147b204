import type { Environment } from './resolve-secret.js';

/** Environment variables that set a member of the configuration, over the file. */
export const environmentVariables = {
  PRELECTOR_TIME_ZONE: 'site.timeZone',
  PRELECTOR_DATA_FOLDER: 'dataFolder',
  DATABASE_URL: 'database.url',
  QUEUE_URL: 'queue.url',
  PRELECTOR_QUEUE_PREFIX: 'queue.prefix',
  PRELECTOR_ARTIFACTS_FOLDER: 'artifacts.folder',
  PRELECTOR_MODELS_FOLDER: 'models.folder',
  PRELECTOR_HTTP_HOST: 'http.host',
  PRELECTOR_HTTP_PORT: 'http.port',
  PRELECTOR_LOG_LEVEL: 'logging.level',
  PRELECTOR_LOG_PRETTY: 'logging.pretty',
  PRELECTOR_RUNNERS: 'workers.runners',
  PRELECTOR_CONCURRENCY: 'workers.concurrency',
  PRELECTOR_LEASE_SECONDS: 'workers.leaseSeconds',
  PRELECTOR_SITE_KEY: 'security.siteKey',
} as const;

/** Variables whose value is itself the secret, so the configuration refers to them by name. */
const secretVariables: ReadonlySet<string> = new Set(['DATABASE_URL', 'QUEUE_URL', 'PRELECTOR_SITE_KEY']);

/** The one data key that the environment may give; more of them need the file. */
const DATA_KEY = 'PRELECTOR_DATA_KEY';

/** A value for a member of the configuration, and the variable it came from. */
export interface EnvironmentSetting {
  readonly path: string;
  readonly variable: string;
  readonly value: unknown;
}

/** What the environment sets. An empty variable counts as absent. */
export function settingsOf(env: Environment): EnvironmentSetting[] {
  const settings: EnvironmentSetting[] = Object.entries(environmentVariables).flatMap(([variable, path]) => {
    const value = env[variable];
    if (!value) return [];
    return [{ path, variable, value: secretVariables.has(variable) ? `env:${variable}` : value }];
  });
  if (env[DATA_KEY])
    settings.push({
      path: 'security.keys',
      variable: DATA_KEY,
      value: [{ id: env['PRELECTOR_DATA_KEY_ID'] || 'main', key: `env:${DATA_KEY}` }],
    });
  return settings;
}
