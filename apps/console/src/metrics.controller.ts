import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Clock, Log } from '@prelector/kernel';
import { asPrelectorError } from '@prelector/kernel';
import type { StatusCounts } from '@prelector/ledger';
import { Ledger, Status } from '@prelector/ledger';
import { CLOCK, LOG } from '@prelector/pipeline';
import { LedgerMetrics } from './ledger-metrics.js';

/** The part of an HTTP answer that is needed here. */
interface Answer {
  type(contentType: string): Answer;
}

/** For Prometheus. No patient data. */
@Controller()
export class MetricsController {
  readonly #metrics = new LedgerMetrics();
  #counting: Promise<StatusCounts | undefined> | undefined;

  constructor(
    private readonly ledger: Ledger,
    private readonly status: Status,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Metrics of this process and counts of the ledger. */
  @Get('metrics')
  async text(@Res({ passthrough: true }) answer: Answer): Promise<string> {
    const counts = await this.#counts();
    answer.type(this.#metrics.contentType);
    return this.#metrics.text(counts, this.clock.now(), this.ledger.clockSkewSeconds);
  }

  /** Counted once for all who ask at the same time. */
  #counts(): Promise<StatusCounts | undefined> {
    this.#counting ??= this.status
      .counts()
      .catch((thrown: unknown) => {
        this.log.warn('the ledger was not counted', { code: asPrelectorError(thrown).code });
        return undefined;
      })
      .finally(() => {
        this.#counting = undefined;
      });
    return this.#counting;
  }
}
