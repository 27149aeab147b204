import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import type { Clock, Log } from '@prelector/kernel';
import { Ledger } from '@prelector/ledger';
import { StepQueues } from '@prelector/queue';
import { SiteView } from '../site/site-view.js';
import { Dispatcher } from '../steps/dispatcher.js';
import { CLOCK, LOG } from './tokens.js';

const everySeconds = 0.5;
const staleSeconds = 15;

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
  ) {
    this.#site = site;
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
