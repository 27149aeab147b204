import {
  createPostgresBackend,
  createRedisBackend,
  Queue,
  Worker,
  type BackendFactory,
  type Processor,
  type QueueOptions,
  type WorkerOptions,
} from 'bullmq';

/** Chooses the backend by the connection, so that both can be used in one process. */
const chooseBackend: BackendFactory = (name, options, extra) => {
  const backend =
    'connectionString' in options.connection
      ? (createPostgresBackend as unknown as BackendFactory)
      : createRedisBackend;
  return backend(name, options, extra);
};

/** A BullMQ queue on PostgreSQL or Redis. Nobody reads its stream of events, so little of it is kept. */
export class BackendQueue extends Queue {
  constructor(name: string, options: QueueOptions) {
    const streams = { events: { maxLen: 256 } };
    super(name, { streams, ...options }, chooseBackend as typeof createRedisBackend);
  }
}

/**
 * A BullMQ worker on PostgreSQL or Redis. After a fault of the server it asks again within 2 s, not 15. A job
 * whose worker died goes back to the queue once; the ledger's claim decides whether it is done again.
 */
export class BackendWorker extends Worker {
  constructor(name: string, processor: Processor, options: WorkerOptions) {
    super(name, processor, { runRetryDelay: 2_000, ...options }, chooseBackend as typeof createRedisBackend);
  }
}
