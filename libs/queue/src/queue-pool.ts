import { steps } from '@prelector/findings';
import pg from 'pg';
import { CONNECT_MS, type QueueAddress } from './queue-address.js';

/** Connections for statements, beside one for each worker that listens; fewer than 2 would stand still in silence. */
const STATEMENTS = 3;

/** Of one process that works on every step: each worker's LISTEN connection comes out of the shared pool. */
export const CONNECTIONS = steps.length + STATEMENTS;

/** One pool that all queues and workers of a process share, in the schema of one installation. */
export class QueuePool extends pg.Pool {
  readonly schema: string;

  constructor({ url, schema }: Extract<QueueAddress, { kind: 'postgres' }>) {
    super({
      connectionString: url,
      application_name: 'prelector-queue',
      options: `-c search_path="${schema}"`,
      max: CONNECTIONS,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_MS,
    });
    this.schema = schema;
    // Each queue and each worker tells of faults of the pool.
    this.setMaxListeners(4 * steps.length);
  }
}
