import { EventEmitter } from 'node:events';
import type { Log } from '@prelector/kernel';
import pg from 'pg';

/** PostgreSQL NOTIFY channels of the ledger, by the name under which they are listened to. */
export const channels = { outbox: 'prelector_outbox', configuration: 'prelector_configuration' } as const;
export type LedgerChannel = keyof typeof channels;

/** Any number will do as long as every version of Prelector takes the same. */
export const WORKER_LOCK = 7_205_759_405;

const FIRST_DELAY = 200;
const LAST_DELAY = 5000;

/**
 * One connection that waits for NOTIFY. A notification is only a hint to look sooner: after a lost
 * connection every channel is told once, because hints may have been missed.
 */
export class ChannelListener {
  private readonly emitter = new EventEmitter();
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private delay = FIRST_DELAY;
  private closed = false;
  private marked = false;

  constructor(
    private readonly url: string,
    private readonly log: Log,
  ) {}

  /** Calls back at each notification; returns how to stop. */
  on(channel: LedgerChannel, callback: () => void): () => void {
    this.emitter.on(channel, callback);
    return () => void this.emitter.off(channel, callback);
  }

  async start(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'prelector-listen',
      keepAlive: true,
    });
    this.client = client;
    client.on('error', () => this.reconnect(client));
    client.on('end', () => this.reconnect(client));
    client.on('notification', (message) => this.tell(message.channel));
    await client.connect();
    if (this.closed) return client.end();
    for (const channel of Object.values(channels)) await client.query(`LISTEN ${channel}`);
    if (this.marked) await client.query('SELECT pg_advisory_lock_shared($1)', [WORKER_LOCK]);
    this.delay = FIRST_DELAY;
  }

  /** Holds a shared lock for as long as this process lives, by which others see that it works on steps. */
  async markWorker(): Promise<void> {
    if (this.marked) return;
    this.marked = true;
    await this.client?.query('SELECT pg_advisory_lock_shared($1)', [WORKER_LOCK]);
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    this.emitter.removeAllListeners();
    await this.client?.end().catch(() => undefined);
  }

  private tell(channel: string): void {
    for (const [name, own] of Object.entries(channels)) if (own === channel) this.emitter.emit(name);
  }

  private reconnect(lost: pg.Client): void {
    if (this.closed || this.client !== lost) return;
    this.client = undefined;
    void lost.end().catch(() => undefined);
    this.log.warn('lost the connection that listens for notifications', { retryMs: this.delay });
    this.timer = setTimeout(() => void this.restart(), this.delay);
    this.delay = Math.min(this.delay * 2, LAST_DELAY);
  }

  private async restart(): Promise<void> {
    try {
      await this.start();
      for (const name of Object.keys(channels)) this.emitter.emit(name);
    } catch {
      if (this.client) this.reconnect(this.client);
    }
  }
}
