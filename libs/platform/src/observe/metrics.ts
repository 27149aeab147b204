import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

/** What a metric is: its name, what it counts, the names of its labels. */
export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/**
 * The metrics of this process in Prometheus' text format. Labels are names of steps, nodes, models and
 * outcomes, never a patient's or a study's.
 */
export class Metrics {
  private readonly registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: 'prelector_' });
  }

  /** Counts up. Asking twice for one name gives the same counter. */
  counter(options: MetricOptions): { inc(labels?: Labels, by?: number): void } {
    const counter = this.once(options, (o) => new Counter(o));
    return { inc: (labels = {}, by = 1) => counter.inc(labels, by) };
  }

  /** A value that goes up and down; `read`, if given, is asked at each collection. */
  gauge(options: MetricOptions & { readonly read?: () => number | Promise<number> }): {
    set(value: number, labels?: Labels): void;
    /** Sets these and forgets all others; after none there is no value. */
    replace(values: readonly { readonly labels: Labels; readonly value: number }[]): void;
  } {
    const { read } = options;
    const collect = async (): Promise<void> => {
      if (read) gauge.set(await read());
    };
    const gauge: Gauge = this.once(options, (o) => new Gauge(read ? { ...o, collect } : o));
    return {
      set: (value, labels = {}) => gauge.set(labels, value),
      replace: (values) => {
        gauge.reset();
        // One without labels is reset to 0, which would be a value.
        if (!options.labels?.length) gauge.remove();
        for (const { labels, value } of values) gauge.set(labels, value);
      },
    };
  }

  /** A distribution, in seconds unless its name says otherwise. */
  histogram(options: MetricOptions & { readonly buckets?: readonly number[] }): {
    observe(value: number, labels?: Labels): void;
  } {
    const buckets = options.buckets ? { buckets: [...options.buckets] } : {};
    const histogram = this.once(options, (o) => new Histogram({ ...o, ...buckets }));
    return { observe: (value, labels = {}) => histogram.observe(labels, value) };
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  private once<M>(
    { name, help, labels = [] }: MetricOptions,
    make: (options: { name: string; help: string; labelNames: string[]; registers: Registry[] }) => M,
  ): M {
    const known = this.registry.getSingleMetric(name) as M | undefined;
    return known ?? make({ name, help, labelNames: [...labels], registers: [this.registry] });
  }
}
