import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isLoopback } from '@prelector/kernel';
import type { z } from 'zod';
import { platformError } from '../errors.js';
import { readConfigurationFile, type ConfigurationFile } from './configuration-file.js';
import {
  configurationSchema,
  type CheckedConfiguration,
  type ConfigurationInput,
} from './configuration-schema.js';
import { settingsOf, type EnvironmentSetting } from './environment-variables.js';
import { Redacted } from './redacted.js';
import { isSecretReference, resolveSecret, type Environment } from './resolve-secret.js';
import { securityOf, type SecurityConfiguration } from './security-configuration.js';

/** The checked configuration of this process: folders absolute, secrets resolved and hidden. */
export type Configuration = Readonly<
  Omit<CheckedConfiguration, 'database' | 'queue' | 'artifacts' | 'security'> & {
    database: { kind: 'embedded'; port?: number } | { kind: 'server'; url: Redacted };
    queue: { url?: Redacted; prefix: string };
    artifacts: { folder: string };
    security: SecurityConfiguration;
  }
>;

export interface LoadConfigurationOptions {
  /** `prelector.yaml`; folders in it are relative to it. */
  readonly file?: string;
  readonly env: Environment;
  /** Under the file and the environment: what a command such as the demo assumes. */
  readonly defaults?: PartialDeep<ConfigurationInput>;
}

type PartialDeep<T> = T extends object ? { [K in keyof T]?: PartialDeep<T[K]> } : T;
type Tree = Record<string, unknown>;

/**
 * Reads the configuration: the environment over the file over the defaults.
 * @throws config.invalid with every problem at once, each with its path, what was expected and where it came
 * from, and no value; config.unreadable
 */
export function loadConfiguration({ file, env, defaults = {} }: LoadConfigurationOptions): Configuration {
  const read = file === undefined ? undefined : readConfigurationFile(file);
  const settings = settingsOf(env);
  // The group stands, so that its required members are asked for by name.
  const merged = [defaults, read?.value, treeOf(settings)].reduce<unknown>(merge, { site: {} });
  const checked = configurationSchema.safeParse(merged);
  const problems = [...(read?.problems ?? [])];
  if (!checked.success)
    problems.push(...checked.error.issues.map((issue) => problemOf(issue, merged, settings, read)));
  const base = file === undefined ? process.cwd() : dirname(resolve(file));
  const finished = checked.success ? finish(checked.data, env, base, problems) : undefined;
  if (!finished || problems.length > 0)
    throw platformError('config.invalid', `\n${problems.map((problem) => `  - ${problem}`).join('\n')}\n`);
  return deepFreeze(finished);
}

function finish(
  checked: CheckedConfiguration,
  env: Environment,
  base: string,
  problems: string[],
): Configuration {
  const secretAt = (path: string, text: string): Redacted => {
    try {
      return new Redacted(isSecretReference(text) ? resolveSecret(text, env) : text);
    } catch {
      problems.push(`${path}: ${text} is not there, empty or not readable`);
      return new Redacted('');
    }
  };
  const { database, queue, artifacts, models, security, ...rest } = checked;
  const dataFolder = resolve(base, checked.dataFolder);
  const embedded = database.url === undefined;
  if (!isLoopback(rest.http.host) && rest.http.allowedPeers.length === 0)
    problems.push('http.allowedPeers: expected who may connect, because http.host is not loopback');
  return {
    ...rest,
    dataFolder,
    database: embedded
      ? { kind: 'embedded', ...(database.port === undefined ? {} : { port: database.port }) }
      : { kind: 'server', url: secretAt('database.url', database.url ?? '') },
    queue: {
      prefix: queue.prefix,
      ...(queue.url === undefined ? {} : { url: secretAt('queue.url', queue.url) }),
    },
    artifacts: { folder: resolve(base, artifacts.folder ?? resolve(dataFolder, 'artifacts')) },
    models: { folder: modelsFolder(base, models.folder) },
    security: securityOf(security, embedded, secretAt, problems),
  };
}

/** The folder as said; one that is not beside the file is looked for where the process stands. */
function modelsFolder(base: string, folder: string): string {
  const beside = resolve(base, folder);
  return existsSync(beside) ? beside : resolve(folder);
}

function problemOf(
  issue: z.core.$ZodIssue,
  merged: unknown,
  settings: readonly EnvironmentSetting[],
  file: ConfigurationFile | undefined,
): string {
  const extra = issue.code === 'unrecognized_keys' ? [issue.keys[0] ?? ''] : [];
  const path = [...issue.path, ...extra];
  const name = path.map(String).join('.') || 'the configuration';
  const variable = settings.find((setting) => name.startsWith(setting.path))?.variable;
  const line = file?.lineOf(path);
  const from = variable ?? (line === undefined ? 'not set' : `${file?.name ?? ''} line ${line}`);
  if (issue.code === 'unrecognized_keys') return `${name}: no such member (${from})`;
  return `${name}: expected ${expected(issue)}, found ${shapeOf(merged, path)} (${from})`;
}

function expected(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return wordFor(issue.expected);
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small') return `at least ${String(issue.minimum)}`;
  if (issue.code === 'too_big') return `at most ${String(issue.maximum)}`;
  return issue.message;
}

function wordFor(type: string): string {
  return { object: 'a group of members', array: 'a list', string: 'text' }[type] ?? `a ${type}`;
}

/** What kind of value stands there: never the value, which may be a secret in the wrong place. */
function shapeOf(merged: unknown, path: readonly PropertyKey[]): string {
  const value = path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    merged,
  );
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return `text of ${value.length} characters`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? 'a group of members' : `a ${typeof value}`;
}

function treeOf(settings: readonly EnvironmentSetting[]): Tree {
  return settings.reduce<Tree>((tree, { path, value }) => {
    const nested = path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
    return merge(tree, nested) as Tree;
  }, {});
}

function merge(under: unknown, over: unknown): unknown {
  if (over === undefined || over === null) return under;
  if (!isTree(under) || !isTree(over)) return over;
  const keys = new Set([...Object.keys(under), ...Object.keys(over)]);
  return Object.fromEntries([...keys].map((key) => [key, merge(under[key], over[key])]));
}

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !(value instanceof Redacted)) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
