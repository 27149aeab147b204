import type { Log } from '@prelector/kernel';
import type { LoggerService } from '@nestjs/common';

/** Lets NestJS write its own lines to our log: `NestFactory.create(Module, { logger: nestLog(log) })`. */
export function nestLog(log: Log): LoggerService {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: unknown, ...rest: unknown[]): void => {
      const context: unknown = rest.at(-1);
      log[level](typeof message === 'string' ? message : 'nest', {
        ...(typeof message === 'string' ? {} : { detail: message }),
        ...(typeof context === 'string' ? { context } : {}),
      });
    };
  // What Nest tells of its start (modules, routes) is of use to us only when something is wrong.
  return { log: at('debug'), debug: at('debug'), verbose: at('debug'), warn: at('warn'), error: at('error') };
}
