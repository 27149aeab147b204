import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import {
  Module,
  type DynamicModule,
  type InjectionToken,
  type ModuleMetadata,
  type OnApplicationShutdown,
  type OptionalFactoryDependency,
} from '@nestjs/common';
import { steps, type StepName } from '@prelector/findings';
import { silentLog, type Log } from '@prelector/kernel';
import type { Job } from 'bullmq';
import { BackendQueue, BackendWorker } from './backend-classes.js';
import { prepareBackend } from './prepare-backend.js';
import { queueAddress, type QueueAddress } from './queue-address.js';
import type { StepJob } from './step-job.js';
import { connectionsOf, StepQueues, type StepQueuesOptions } from './step-queues.js';
import { guarded } from './step-worker.js';

/** How to build the options of the queues from what Nest injects. */
export interface QueueModuleOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: (InjectionToken | OptionalFactoryDependency)[];
  readonly useFactory: (...dependencies: never[]) => StepQueuesOptions | Promise<StepQueuesOptions>;
}

const ADDRESS = Symbol('prelector.queue-address');
const OPTIONS = Symbol('prelector.queue-options');

interface OpenedOptions extends StepQueuesOptions {
  readonly log: Log;
}

/** Makes the tables of the queues before the first of them is opened. */
@Module({})
class QueueAddressModule {
  static from({ imports = [], inject = [], useFactory }: QueueModuleOptions): DynamicModule {
    return {
      module: QueueAddressModule,
      imports,
      providers: [
        {
          provide: OPTIONS,
          inject,
          useFactory: async (...dependencies: never[]): Promise<OpenedOptions> => {
            const options = await useFactory(...dependencies);
            return { ...options, log: options.log ?? silentLog };
          },
        },
        {
          provide: ADDRESS,
          inject: [OPTIONS],
          useFactory: async ({ url, prefix, poolMax, log }: OpenedOptions): Promise<QueueAddress> => {
            const address = queueAddress(url, prefix, poolMax);
            await prepareBackend(address, connectionsOf(poolMax), log);
            return address;
          },
        },
      ],
      exports: [ADDRESS, OPTIONS],
    };
  }
}

/**
 * The queues in a Nest application, through `@nestjs/bullmq`: `StepQueues` can be injected, and a provider that
 * extends `StepProcessor` under `@ProcessesStep('run')` works on the jobs of its step.
 */
@Module({})
export class QueueModule implements OnApplicationShutdown {
  constructor(private readonly queues: StepQueues) {}

  static forRootAsync(options: QueueModuleOptions): DynamicModule {
    BullModule.queueClass = BackendQueue;
    BullModule.workerClass = BackendWorker;
    const address = QueueAddressModule.from(options);
    return {
      module: QueueModule,
      global: true,
      imports: [
        address,
        BullModule.forRootAsync({
          imports: [address],
          inject: [ADDRESS],
          useFactory: (found: QueueAddress) => ({
            connection: { ...found.connection },
            ...(found.kind === 'redis' ? { prefix: found.prefix } : {}),
          }),
        }),
        BullModule.registerQueue(...steps.map((name) => ({ name }))),
      ],
      providers: [
        {
          provide: StepQueues,
          inject: [ADDRESS, OPTIONS, ...steps.map((step) => getQueueToken(step))],
          useFactory: (found: QueueAddress, { log }: OpenedOptions, ...queues: BackendQueue[]) =>
            StepQueues.over(found, new Map(queues.map((queue) => [queue.name as StepName, queue])), log),
        },
      ],
      exports: [StepQueues],
    };
  }

  /** Nest closes the processors' workers and the queues; the workers made by `work` are ours to close. */
  async onApplicationShutdown(): Promise<void> {
    await this.queues.close();
  }
}

/** Works on the jobs of one step as a Nest provider; stand it under `@ProcessesStep`. */
export abstract class StepProcessor extends WorkerHost {
  protected abstract readonly step: StepName;
  protected abstract readonly log: Log;

  /** Claims the row in the ledger before any effect, and records there what came of it. */
  protected abstract handle(job: StepJob): Promise<void>;

  async process(job: Job): Promise<void> {
    await guarded(this.step, (checked) => this.handle(checked), this.log)(job);
  }
}

/** Gives a `StepProcessor` its queue. `lockMs`: see `StepWorkerOptions`. */
export function ProcessesStep(
  step: StepName,
  { concurrency = 1, lockMs = 30_000 }: { concurrency?: number; lockMs?: number } = {},
): ClassDecorator {
  return Processor({ name: step }, { concurrency, lockDuration: lockMs, stalledInterval: lockMs });
}
