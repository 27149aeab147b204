import { PrelectorError, systemClock, type Clock } from '@prelector/kernel';

/** `degraded` works with less; `failed` does not do its job. */
export type HealthState = 'ok' | 'degraded' | 'failed';

export interface HealthResult {
  readonly state: HealthState;
  /** In words, where it is not ok. */
  readonly reason?: string;
}

/** The health of the process: the worst of its checks, and each of them. */
export interface HealthReport {
  readonly state: HealthState;
  readonly at: string;
  readonly checks: Readonly<Record<string, HealthResult>>;
}

const worst = (states: readonly HealthState[]): HealthState =>
  states.includes('failed') ? 'failed' : states.includes('degraded') ? 'degraded' : 'ok';

/** The named checks of a process. */
export class HealthRegistry {
  private readonly checks = new Map<string, () => HealthResult | Promise<HealthResult>>();

  constructor(
    private readonly clock: Clock = systemClock,
    private readonly limitMs = 5_000,
  ) {}

  /** Adds a check, or replaces the one of that name; the function it returns takes it away. */
  add(name: string, check: () => HealthResult | Promise<HealthResult>): () => void {
    this.checks.set(name, check);
    return () => void (this.checks.get(name) === check && this.checks.delete(name));
  }

  /** Asks all checks at once; one that throws or does not answer has failed. */
  async report(): Promise<HealthReport> {
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, await this.ask(check)] as const),
    );
    return {
      state: worst(results.map(([, { state }]) => state)),
      at: this.clock.now().toISOString(),
      checks: Object.fromEntries(results),
    };
  }

  private async ask(check: () => HealthResult | Promise<HealthResult>): Promise<HealthResult> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<HealthResult>((resolve) => {
      timer = setTimeout(
        () => resolve({ state: 'failed', reason: `no answer within ${this.limitMs / 1000} s` }),
        this.limitMs,
      );
    });
    try {
      return await Promise.race([Promise.resolve().then(check), late]);
    } catch (error) {
      const reason = error instanceof PrelectorError ? error.message : 'the check itself failed';
      return { state: 'failed', reason };
    } finally {
      clearTimeout(timer);
    }
  }
}
