import { Controller, Get, HttpCode, Inject, Res } from '@nestjs/common';
import type { Clock } from '@prelector/kernel';
import type { StatusCounts } from '@prelector/ledger';
import { Ledger, Status } from '@prelector/ledger';
import { CLOCK } from '@prelector/pipeline';
import type { HealthReport } from '@prelector/platform';
import { HealthRegistry } from '@prelector/platform';
import { StepQueues } from '@prelector/queue';

/** The part of an HTTP answer that is needed here. */
interface Answer {
  status(code: number): Answer;
}

/** Liveness, readiness and counts, for orchestrators and for `prelector status`. No patient data. */
@Controller()
export class HealthController {
  readonly #health: HealthRegistry;

  constructor(
    private readonly ledger: Ledger,
    private readonly ledgerStatus: Status,
    private readonly queues: StepQueues,
    @Inject(CLOCK) clock: Clock,
  ) {
    this.#health = new HealthRegistry(clock);
    this.#health.add('database', async () => {
      await this.ledger.ping();
      return { state: 'ok' };
    });
    this.#health.add('clock', () => {
      const reason = this.ledger.clockProblem;
      return reason ? { state: 'degraded', reason } : { state: 'ok' };
    });
    this.#health.add('queue', async () => {
      await this.queues.depth();
      return { state: 'ok' };
    });
  }

  /** The process runs. */
  @Get('health/live')
  @HttpCode(200)
  live(): { state: 'ok' } {
    return { state: 'ok' };
  }

  /** Database and queue answer; 503 with the reason while one does not. */
  @Get('health/ready')
  async ready(@Res({ passthrough: true }) answer: Answer): Promise<HealthReport> {
    const report = await this.#health.report();
    answer.status(report.state === 'failed' ? 503 : 200);
    return report;
  }

  /** Counts by state. */
  @Get('status')
  status(): Promise<StatusCounts> {
    return this.ledgerStatus.counts();
  }
}
