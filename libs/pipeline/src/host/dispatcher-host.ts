import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import type { Clock, Log } from '@prelector/kernel';
import { Ledger } from '@prelector/ledger';
import type { Configuration } from '@prelector/platform';
import { StepQueues } from '@prelector/queue';
import { SiteView } from '../site/site-view.js';
import { Dispatcher } from '../steps/dispatcher.js';
import { CLOCK, CONFIGURATION, LOG } from '../tokens.js';

const everySeconds = 0.5;
const mostStaleSeconds = 15;

/** Runs the dispatcher and keeps the configuration fresh for as long as the process runs. */
@Injectable()
export class DispatcherHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #site: SiteView;
  readonly #dispatcher: Dispatcher;

  constructor(
    ledger: Ledger,
    queues: StepQueues,
    site: SiteView,
    @Inject(CLOCK) clock: Clock,
    @Inject(LOG) log: Log,
    @Inject(CONFIGURATION) { workers }: Configuration,
  ) {
    this.#site = site;
    const staleSeconds = Math.min(mostStaleSeconds, workers.leaseSeconds);
    this.#dispatcher = new Dispatcher({ ledger, queues, clock, log, everySeconds, staleSeconds });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.#site.start();
    this.#dispatcher.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#dispatcher.stop();
    this.#site.stop();
  }
}
