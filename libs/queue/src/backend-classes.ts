import {
  createRedisBackend,
  PostgresConnection,
  PostgresQueueBackend,
  Queue,
  Worker,
  type PostgresConnectionOptions,
  type BackendFactory,
  type Processor,
  type QueueBaseOptions,
  type QueueOptions,
  type WorkerOptions,
} from 'bullmq';
import { QueuePool } from './queue-pool.js';

/** A shared pool cannot say in which schema it works, and BullMQ looks for the version of that schema. */
class PoolConnection extends PostgresConnection {
  override readonly schema: string;

  constructor(pool: QueuePool) {
    // Its types and those of pg differ in an optional member.
    super(pool as unknown as PostgresConnectionOptions);
    this.schema = pool.schema;
  }
}

/** Chooses the backend by the connection, so that both can be used in one process. */
const chooseBackend = ((
  name: string,
  options: QueueOptions | WorkerOptions,
  extra?: Parameters<BackendFactory>[2],
) => {
  const connection: unknown = options.connection;
  if (!(connection instanceof QueuePool)) return createRedisBackend(name, options, extra);
  const listener = extra?.withBlockingConnection ? name : undefined;
  const onPool = options as unknown as QueueBaseOptions<PostgresConnectionOptions>;
  return new PostgresQueueBackend(new PoolConnection(connection), name, onPool, true, listener);
}) as typeof createRedisBackend;

/** A BullMQ queue on PostgreSQL or Redis. Nobody reads its stream of events, so little of it is kept. */
export class BackendQueue extends Queue {
  constructor(name: string, options: QueueOptions) {
    const streams = { events: { maxLen: 256 } };
    super(name, { streams, ...options }, chooseBackend);
  }
}

/**
 * A BullMQ worker on PostgreSQL or Redis. After a fault of the server it asks again within 2 s, not 15. A job
 * whose worker died goes back to the queue once; the ledger's claim decides whether it is done again.
 */
export class BackendWorker extends Worker {
  constructor(name: string, processor: Processor, options: WorkerOptions) {
    super(name, processor, { runRetryDelay: 2_000, ...options }, chooseBackend);
  }
}
