import type { StatusCounts } from '@prelector/ledger';
import { Metrics } from '@prelector/platform';

type Counts = Readonly<Record<string, number>>;

const kinds = ['studies', 'orders', 'runs', 'deliveries'] as const;
const named = { studies: 'Studies', orders: 'Orders', runs: 'Runs', deliveries: 'Deliveries' } as const;

const byState = (counts: Counts) =>
  Object.entries(counts).map(([name, value]) => ({ labels: { state: name }, value }));

/** Counts by `first:second`, as the ledger gives them for steps and notices. */
const pairs = (counts: Counts, first: string, second: string) =>
  Object.entries(counts).map(([name, value]) => {
    const [one = '', two = ''] = name.split(':', 2);
    return { labels: { [first]: one, [second]: two }, value };
  });

/**
 * The process, and what the ledger counts, as gauges in Prometheus' text format: states, steps and kinds, no
 * study and no patient. Every process that serves them says the same of the ledger.
 */
export class LedgerMetrics {
  readonly #metrics = new Metrics();
  readonly #up = this.#gauge('database_up', 'Whether the database answers');
  readonly #byState = kinds.map((kind) => ({ kind, gauge: this.#gauge(kind, named[kind], ['state']) }));
  readonly #steps = this.#gauge('steps', 'Steps that are not done', ['step', 'state']);
  readonly #notices = this.#gauge('notices_last_day', 'Notices of the last 24 hours', [
    'kind',
    'disposition',
  ]);
  readonly #outbox = this.#gauge('outbox_rows', 'Outbox rows', ['state']);
  readonly #oldest = this.#gauge(
    'outbox_oldest_due_seconds',
    'How long the oldest due outbox row has waited',
  );
  readonly #dead = this.#gauge('dead_letters', 'Dead letters that nobody has seen to');
  readonly #reused = this.#gauge(
    'control_ids_reused_last_day',
    'HL7 control ids of the last 24 hours seen before on another body',
  );

  readonly #skew = this.#gauge(
    'clock_skew_seconds',
    'How far the clock of this process is ahead of that of the database',
  );

  get contentType(): string {
    return this.#metrics.contentType;
  }

  /** @param counts undefined while the database does not answer: then only the process is measured */
  async text(counts: StatusCounts | undefined, now: Date, clockSkewSeconds: number): Promise<string> {
    this.#up.set(counts ? 1 : 0);
    this.#skew.set(clockSkewSeconds);
    for (const { kind, gauge } of this.#byState) gauge.replace(byState(counts?.[kind] ?? {}));
    this.#steps.replace(pairs(counts?.steps ?? {}, 'step', 'state'));
    this.#notices.replace(pairs(counts?.notices ?? {}, 'kind', 'disposition'));
    const { due, dispatched, oldestDueAt } = counts?.outbox ?? {};
    this.#outbox.replace(due === undefined || dispatched === undefined ? [] : byState({ due, dispatched }));
    const waited = oldestDueAt ? Math.max(0, (now.getTime() - oldestDueAt.getTime()) / 1000) : 0;
    this.#oldest.replace(counts ? [{ labels: {}, value: waited }] : []);
    this.#dead.replace(counts ? [{ labels: {}, value: counts.deadLetters }] : []);
    this.#reused.replace(counts ? [{ labels: {}, value: counts.controlIdsReused }] : []);
    return this.#metrics.text();
  }

  #gauge(name: string, help: string, labels: readonly string[] = []): Gauge {
    return this.#metrics.gauge({ name: `prelector_${name}`, help, labels });
  }
}

type Gauge = ReturnType<Metrics['gauge']>;
