import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { Environment } from '@prelector/platform';
import type { Command } from 'commander';
import type { SessionOptions } from './commands/session.js';

/** The option that every command on an installation takes. */
export type Json = { json?: boolean };

/** What the commands need of the process. */
export interface ProgramContext {
  readonly env: Environment;
  readonly print: (line: string) => void;
  /** Takes the exit code of a command that ran to its end. */
  readonly exit: (code: number) => void;
}

/** A command on an installation: where its configuration or its data folder is. */
export function session(command: Command): Command {
  return command
    .option('--config <file>', 'prelector.yaml (else PRELECTOR_CONFIG)')
    .option('--data <folder>', 'data folder of an embedded installation, such as the one of the demo')
    .option('--json', 'print JSON for machines');
}

/** The folder in which a person gave the command: names of files are meant from there. */
export const here = (env: Environment) => env['INIT_CWD'] ?? process.cwd();

/** Options with the files that they name, from the folder of the person. */
export function placed<T extends SessionOptions>(options: T, env: Environment): T {
  const { config, data } = options;
  return {
    ...options,
    ...(config ? { config: resolve(here(env), config) } : {}),
    ...(data ? { data: resolve(here(env), data) } : {}),
  };
}

/** Who gave the command. */
export const person = () => `person:${userInfo().username}`;
