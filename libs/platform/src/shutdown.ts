import { silentLog, type Log } from '@prelector/kernel';

/** The order in which a process stops: what feeds it first, what everything stands on last. */
export const shutdownStages = ['intake', 'steps', 'queue', 'services', 'database'] as const;
export type ShutdownStage = (typeof shutdownStages)[number];

export interface ShutdownOptions {
  readonly log?: Log;
  /** Bound on the whole; a stage that takes longer is left, and later ones still get a chance. 30 s by default. */
  readonly limitMs?: number;
  /** Ends the process after a signal; `process.exit` by default. */
  readonly exit?: (code: number) => void;
}

interface Task {
  readonly name: string;
  readonly stage: ShutdownStage;
  readonly stop: () => unknown;
}

const signals = { SIGINT: 130, SIGTERM: 143 } as const;

/** Stops a process in order, once, within a bounded time. */
export class Shutdown {
  private readonly tasks: Task[] = [];
  private readonly log: Log;
  private readonly limitMs: number;
  private readonly exit: (code: number) => void;
  private running: Promise<boolean> | undefined;
  private stopListening: (() => void) | undefined;

  constructor({
    log = silentLog,
    limitMs = 30_000,
    exit = (code) => process.exit(code),
  }: ShutdownOptions = {}) {
    this.log = log;
    this.limitMs = limitMs;
    this.exit = exit;
  }

  /** True from the first signal or call of `run`. */
  get begun(): boolean {
    return this.running !== undefined;
  }

  /** What to do when stopping. Within a stage, what was added last stops first, one after the other. */
  add(name: string, stop: () => unknown, stage: ShutdownStage): void {
    this.tasks.unshift({ name, stop, stage });
  }

  /** Stops at the first SIGINT or SIGTERM and exits 0 (1 when something did not stop); at the second exits at once. */
  listen(): this {
    if (this.stopListening) return this;
    const onSignal = (signal: keyof typeof signals): void => {
      if (this.running) this.exit(signals[signal]);
      else void this.run(signal).then((clean) => this.exit(clean ? 0 : 1));
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
    this.stopListening = () => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
    };
    return this;
  }

  /** Stops everything; true when all of it stopped in time and without an error. Safe to call twice. */
  run(reason = 'asked'): Promise<boolean> {
    this.running ??= this.stopAll(reason);
    return this.running;
  }

  /** Leaves the signals alone again. */
  ignoreSignals(): void {
    this.stopListening?.();
    this.stopListening = undefined;
  }

  private async stopAll(reason: string): Promise<boolean> {
    this.log.info('stopping', { reason });
    const start = performance.now();
    let clean = true;
    for (const [index, stage] of shutdownStages.entries()) {
      for (const task of this.tasks.filter((each) => each.stage === stage)) {
        // The time left is shared with the stages to come, so that a slow one does not starve the database.
        const left = this.limitMs - (performance.now() - start);
        const share = Math.max(left / 2 ** Math.min(1, shutdownStages.length - 1 - index), 500);
        clean = (await this.stopOne(task, share)) && clean;
      }
    }
    this.log.info('stopped', { clean });
    return clean;
  }

  private async stopOne({ name, stop }: Task, limitMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), limitMs);
    });
    try {
      const result = await Promise.race([Promise.resolve().then(stop), late]);
      if (result === 'late') this.log.warn('did not stop in time', { name, limitMs: Math.round(limitMs) });
      return result !== 'late';
    } catch (error) {
      this.log.error('failed while stopping', { name, error });
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}
