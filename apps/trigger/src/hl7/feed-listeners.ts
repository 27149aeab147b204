import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import type { ListenerTls } from '@prelector/hl7';
import { MllpListener } from '@prelector/hl7';
import type { Clock, Log } from '@prelector/kernel';
import { asPrelectorError, digestOf } from '@prelector/kernel';
import { Ledger } from '@prelector/ledger';
import type { SecretResolver, Site, SiteFeed } from '@prelector/pipeline';
import { CLOCK, CONFIGURATION, LOG, SECRETS, SiteView } from '@prelector/pipeline';
import type { Configuration } from '@prelector/platform';
import { FeedIntake } from './feed-intake.js';
import { TurnedAwayCounts } from './turned-away-counts.js';

interface Listening {
  readonly version: number;
  /** Digest of the keys and certificates that it was opened with. */
  readonly certificates: string;
  readonly listener: MllpListener;
}

/**
 * How soon a feed that could not be opened is tried again, a port still held by a process that ends, say; and how
 * soon a certificate that was renewed in its file is used.
 */
const retryMs = 5_000;

/** One MLLP listener per feed, opened, reopened and closed as the configuration and its certificates say. */
@Injectable()
export class FeedListeners implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #open = new Map<string, Listening>();
  /** By feed. */
  readonly #turnedAway = new Map<string, TurnedAwayCounts>();
  #changing: Promise<void> = Promise.resolve();
  #unlisten: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly ledger: Ledger,
    private readonly site: SiteView,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    @Inject(SECRETS) private readonly secrets: SecretResolver,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.#unlisten = this.site.onChange((site) => this.#change(site));
    this.#change(this.site.current);
    this.#timer = setInterval(() => this.#change(this.site.current), retryMs);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#unlisten?.();
    clearInterval(this.#timer);
    await this.#changing;
    await Promise.all([...this.#open.values()].map(({ listener }) => listener.close()));
    this.#open.clear();
    await this.#keepTurnedAway().catch(() => undefined);
  }

  #change(site: Site): void {
    this.#changing = this.#changing
      .then(() => this.#bring(site))
      .catch((thrown: unknown) =>
        this.log.error('feeds not brought up to date', { code: asPrelectorError(thrown).code }),
      );
  }

  async #bring(site: Site): Promise<void> {
    const wanted = new Map(site.feeds.map((feed) => [feed.id, feed]));
    for (const [id, open] of this.#open) {
      const feed = wanted.get(id);
      if (feed?.version === open.version && !this.#isRenewed(feed, open)) continue;
      await open.listener.close();
      this.#open.delete(id);
    }
    for (const feed of wanted.values()) if (!this.#open.has(feed.id)) await this.#listen(feed);
    await this.#keepTurnedAway();
  }

  async #keepTurnedAway(): Promise<void> {
    for (const [feedId, counts] of this.#turnedAway)
      await counts.flush((turned) => this.ledger.pool.feeds.recordTurnedAway(feedId, turned));
  }

  #countsOf(feedId: string): TurnedAwayCounts {
    const counts = this.#turnedAway.get(feedId) ?? new TurnedAwayCounts();
    this.#turnedAway.set(feedId, counts);
    return counts;
  }

  async #listen(feed: SiteFeed): Promise<void> {
    const log = this.log.child({ feed: feed.name });
    try {
      const tls = this.#tls(feed);
      const listener = this.#listener(feed, tls, new FeedIntake(feed, this.ledger, this.clock, log), log);
      const address = await listener.listen();
      this.#open.set(feed.id, { version: feed.version, certificates: digestOf(tls ?? null), listener });
      log.info('listening for HL7 messages', { ...address });
    } catch (thrown) {
      log.error('this feed is not heard', {
        code: asPrelectorError(thrown).code,
        reason: asPrelectorError(thrown).message,
      });
    }
  }

  /** Whether other keys and certificates stand in the files now, and all of them; half of them is not yet. */
  #isRenewed(feed: SiteFeed, { certificates }: Listening): boolean {
    try {
      const tls = this.#tls(feed);
      if (digestOf(tls ?? null) === certificates) return false;
      createSecureContext(tls);
      return true;
    } catch {
      return false;
    }
  }

  #tls({ configuration: { tls } }: SiteFeed) {
    if (!tls) return undefined;
    return {
      cert: readFileSync(tls.cert, 'utf8'),
      key: this.secrets(tls.key),
      ...(tls.ca ? { ca: readFileSync(tls.ca, 'utf8') } : {}),
      requestClientCertificate: tls.requestClientCertificate,
    } satisfies ListenerTls;
  }

  #listener(feed: SiteFeed, tls: ListenerTls | undefined, intake: FeedIntake, log: Log): MllpListener {
    const { host, port, allowedPeers } = feed.configuration;
    const { messageBytes, connectionsPerFeed, connectionsPerPeer, idleSeconds } = this.configuration.hl7;
    return new MllpListener({
      host,
      port,
      allowedPeers,
      maxMessageBytes: messageBytes,
      maxConnections: connectionsPerFeed,
      maxConnectionsPerPeer: connectionsPerPeer,
      idleSeconds,
      onMessage: (bytes) => intake.take(bytes),
      onTooLarge: (head) => intake.refuseTooLarge(head),
      onTurnedAway: (turned) => this.#countsOf(feed.id).add(turned),
      clock: this.clock,
      log,
      ...(tls ? { tls } : {}),
    });
  }
}
