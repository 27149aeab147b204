import { BullModule, getQueueToken } from '@nestjs/bullmq';
import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { steps, type StepName } from '@prelector/findings';
import type { Log } from '@prelector/kernel';
import { BackendQueue, BackendWorker } from './backend-classes.js';
import type { QueueServer } from './queue-server.js';
import { StepQueues } from './step-queues.js';

/**
 * The queues in a Nest application, through `@nestjs/bullmq`: `StepQueues` can be injected, and a provider that
 * extends `StepProcessor` under `@ProcessesStep('run')` works on the jobs of its step.
 */
@Module({})
export class QueueModule implements OnApplicationShutdown {
  constructor(private readonly queues: StepQueues) {}

  /** @param server closed by who opened it, after the application */
  static forRoot(server: QueueServer, log: Log): DynamicModule {
    BullModule.queueClass = BackendQueue;
    BullModule.workerClass = BackendWorker;
    return {
      module: QueueModule,
      global: true,
      imports: [
        BullModule.forRoot(server.options),
        BullModule.registerQueue(...steps.map((name) => ({ name }))),
      ],
      providers: [
        {
          provide: StepQueues,
          inject: steps.map((step) => getQueueToken(step)),
          useFactory: (...queues: BackendQueue[]) =>
            new StepQueues(new Map(queues.map((queue) => [queue.name as StepName, queue])), log),
        },
      ],
      exports: [StepQueues],
    };
  }

  /** The processors have ended by now. */
  async onApplicationShutdown(): Promise<void> {
    await this.queues.close();
  }
}
