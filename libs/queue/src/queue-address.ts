import { queueError } from './errors.js';

const PREFIX = /^[a-z][a-z0-9_]{0,39}$/u;

/** Where the queues are. */
export type QueueAddress =
  | {
      readonly kind: 'postgres';
      readonly url: string;
      /** Prefix as a PostgreSQL schema. */
      readonly schema: string;
    }
  | {
      readonly kind: 'redis';
      readonly prefix: string;
      readonly connection: {
        readonly url: string;
        readonly maxRetriesPerRequest: null;
        readonly connectTimeout: number;
        readonly retryStrategy: (times: number) => number;
      };
    };

export const CONNECT_MS = 10_000;

/**
 * Reads the address of the queues.
 * @throws queue.url-invalid, queue.prefix-invalid
 */
export function queueAddress(url: string, prefix = 'prelector_queue'): QueueAddress {
  if (!PREFIX.test(prefix)) throw queueError('queue.prefix-invalid');
  const scheme = URL.canParse(url) ? new URL(url).protocol : '';
  if (scheme === 'postgres:' || scheme === 'postgresql:') return { kind: 'postgres', url, schema: prefix };
  if (scheme === 'redis:' || scheme === 'rediss:')
    return {
      kind: 'redis',
      prefix,
      connection: {
        url,
        maxRetriesPerRequest: null,
        connectTimeout: CONNECT_MS,
        retryStrategy: (times) => Math.min(times * 200, 2_000),
      },
    };
  throw queueError('queue.url-invalid');
}
