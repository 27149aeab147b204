import type { Log, LogFields } from '@prelector/kernel';
import { pino, type DestinationStream, type Logger } from 'pino';
import { prettyLines } from './pretty-lines.js';
import { redact } from './redact.js';

export interface PinoLogOptions {
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** A file, or something to write to; standard output by default. */
  readonly destination?: string | DestinationStream;
  /** Lines for people instead of JSON. */
  readonly pretty?: boolean;
}

/** The log of a process: a line of JSON each, with UTC time, level, message and fields. */
export function pinoLog({ level = 'info', destination, pretty = false }: PinoLogOptions = {}): Log {
  const sink =
    destination === undefined || typeof destination === 'string'
      ? // Written at once, so that the last lines before a crash are there.
        pino.destination({ dest: destination ?? 1, mkdir: true, sync: true, mode: 0o600 })
      : destination;
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pretty ? prettyLines(sink) : sink,
  );
  return wrap(logger);
}

function wrap(logger: Logger): Log {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields?: LogFields): void => {
      if (logger.isLevelEnabled(level)) logger[level](redact(fields ?? {}) as object, message);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(logger.child(redact(fields) as object)),
  };
}
