import { fork, type ChildProcess } from 'node:child_process';
import { PrelectorError, type Log } from '@prelector/kernel';
import type { Inspection } from '@prelector/models';
import { grantTo, readAsk, type Ask, type RunnerAccess } from './access.js';
import { childEntry } from './child-entry.js';
import { runError } from './errors.js';
import { memoryOf } from './process-memory.js';
import {
  readReply,
  type ChildAnswer,
  type HandoverPlace,
  type InspectionJob,
  type RunnerJob,
  type RunnerProgress,
  type RunnerReply,
  type RunnerRequest,
} from './protocol.js';

/** The bounds of one run, and who hears of it. */
export interface RunBounds {
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  readonly threads: number;
  /** What the child may ask for while it runs, and not after it. */
  readonly access?: RunnerAccess | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RunnerProgress) => void) | undefined;
}

/** What a run came to, with the most memory that the child held. */
export interface ChildResult extends ChildAnswer {
  readonly peakRssMiB: number;
}

type Failure = Extract<RunnerReply, { kind: 'failure' }>['failure'];

interface Pending {
  readonly id: number;
  readonly bounds: RunBounds;
  readonly settle: (outcome: Answer | Error) => void;
}

/** What a child comes back with, by what it was asked for. */
type Answer = ChildAnswer | Inspection;

/** How often the memory of a child is looked at. */
const WATCH_MS = 100;
/** JavaScript heap of the child, MiB; volumes and tensors lie outside it. */
const HEAP_MIB = 1024;
/**
 * Every read from a socket is 64 KiB outside the heap, which by default sets off a full collection each 11 MB:
 * a heap that counts as larger from the start halves them; small semi-spaces give back what it costs.
 */
const runnerFlags = [
  `--max-old-space-size=${HEAP_MIB}`,
  '--initial-old-space-size=256',
  '--max-semi-space-size=2',
];

/**
 * One child process and the run it does. It is ended by SIGKILL only: inference cannot be interrupted, and a
 * runner holds nothing that a clean end would save.
 */
export class RunnerChild {
  readonly #process: ChildProcess;
  readonly #log: Log;
  #pending: Pending | undefined;
  #gone = false;
  #peakMiB = 0;

  constructor(log: Log, environment: Readonly<Record<string, string>>, entry = childEntry('runner-process')) {
    this.#log = log;
    this.#process = fork(entry, [String(process.pid)], {
      execArgv: runnerFlags,
      // Nothing of the parent's environment: it may hold secrets, and the child reads bytes from outside.
      env: { ...environment },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#process.on('message', (message) => this.#hear(message));
    this.#process.on('error', (cause) => this.#end(runError('run.runner-crashed', cause.name, { cause })));
    this.#process.on('exit', (code, signal) => this.#end(crash(code, signal)));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** True until the process is gone or has been told to go. */
  get alive(): boolean {
    return !this.#gone;
  }

  /** Runs one job; ends the child when a bound is broken, and then rejects with which one it was. */
  async run(
    id: number,
    job: RunnerJob,
    bounds: RunBounds,
    handover: HandoverPlace | undefined,
  ): Promise<ChildResult> {
    const request: RunnerRequest = { kind: 'run', id, threads: bounds.threads, job, handover };
    const answer = (await this.#ask(request, bounds)) as ChildAnswer;
    await this.#watchMemory(Infinity);
    return { ...answer, peakRssMiB: Math.round(this.#peakMiB) };
  }

  /** Judges one package, within the same bounds. */
  async inspect(id: number, job: InspectionJob, bounds: RunBounds): Promise<Inspection> {
    const request: RunnerRequest = { kind: 'inspect', id, threads: bounds.threads, job };
    const inspection = (await this.#ask(request, bounds)) as Inspection;
    await this.#watchMemory(Infinity);
    // One that is done between two looks has taken what it took all the same.
    if (this.#peakMiB <= bounds.memoryMiB) return inspection;
    throw runError('run.memory-exceeded', `${Math.round(this.#peakMiB)} of ${bounds.memoryMiB} MiB`);
  }

  async #ask(request: RunnerRequest, bounds: RunBounds): Promise<Answer> {
    const { timeoutSeconds, signal } = bounds;
    this.#peakMiB = 0;
    const outcome = new Promise<Answer>((resolve, reject) => {
      const settle = (value: Answer | Error) => (value instanceof Error ? reject(value) : resolve(value));
      this.#pending = { id: request.id, bounds, settle };
    });
    const cancel = () => this.#end(runError('run.cancelled'));
    const late = () => this.#end(runError('run.timeout', `after ${timeoutSeconds} s`));
    const timer = setTimeout(late, timeoutSeconds * 1000);
    const watch = setInterval(() => void this.#watchMemory(bounds.memoryMiB), WATCH_MS);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      if (signal?.aborted) cancel();
      else if (this.#gone) this.#settle(runError('run.runner-crashed'));
      else this.#send(request);
      return await outcome;
    } finally {
      clearTimeout(timer);
      clearInterval(watch);
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Ends the process now, whatever it does, and waits until it is gone. */
  async kill(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#process;
    const gone = pid === undefined || exitCode !== null || signalCode !== null;
    const exit = gone
      ? undefined
      : new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
    this.#end(runError('run.runner-closed'));
    await exit;
  }

  #send(message: object): void {
    this.#process.send(message, (cause) => {
      if (cause !== null) this.#end(runError('run.runner-crashed', 'it took no message', { cause }));
    });
  }

  async #watchMemory(limitMiB: number): Promise<void> {
    const memory = this.#process.pid === undefined ? undefined : await memoryOf(this.#process.pid);
    if (memory === undefined) return;
    this.#peakMiB = Math.max(this.#peakMiB, memory.peakMiB);
    if (memory.residentMiB <= limitMiB || this.#pending === undefined) return;
    this.#end(runError('run.memory-exceeded', `${Math.round(memory.residentMiB)} of ${limitMiB} MiB`));
  }

  /** Answers a child that is still at that run. */
  async #grant(ask: Ask): Promise<void> {
    const pending = this.#pending;
    if (pending?.id !== ask.id) return;
    const grant = await grantTo(ask, pending.bounds.access);
    if (this.#pending === pending) this.#send(grant);
  }

  #hear(message: unknown): void {
    const ask = readAsk(message);
    if (ask !== undefined) {
      void this.#grant(ask);
      return;
    }
    const data = readReply(message);
    if (data === undefined) {
      this.#end(runError('run.message-invalid', 'from the runner'));
      return;
    }
    if (data.kind === 'log') this.#log[data.level](data.message, data.fields);
    else if (data.id !== this.#pending?.id) return;
    else if (data.kind === 'progress') this.#pending.bounds.onProgress?.(data.progress);
    else if (data.kind === 'answer') this.#settle(data.answer);
    else if (data.kind === 'inspection') this.#settle(data.inspection);
    else this.#settle(failureOf(data.failure));
  }

  #end(reason: Error): void {
    this.#gone = true;
    this.#process.kill('SIGKILL');
    this.#settle(reason);
  }

  #settle(outcome: Answer | Error): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.settle(outcome);
  }
}

function failureOf({ code, recovery, scope, message }: Failure): PrelectorError {
  return new PrelectorError(code, recovery, message, { scope });
}

function crash(code: number | null, signal: NodeJS.Signals | null): PrelectorError {
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  const hint = signal === 'SIGKILL' ? ': ended from outside, or the system was out of memory' : '';
  return runError('run.runner-crashed', how + hint);
}
